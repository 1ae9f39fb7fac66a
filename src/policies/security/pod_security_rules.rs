//! The controls of the Pod Security Standards, each as Pod Security Admission applies it: by what is written, not by what
//! takes effect. A pod that allows root violates the restricted level even if none of its containers does.

use crate::kube::container::titles;
use crate::kube::probe::Purpose;
use crate::kube::security::{DEFAULT_CAPABILITIES, SAFE_SYSCTLS, SecurityContext, selinux_types, shared};
use crate::kube::version::KubernetesVersion;
use crate::kube::volume::{DRIVER_SOURCES, volumes};
use crate::policies::prelude::*;

/// A level that forbids something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Forbids known ways out of a container.
    Baseline,
    /// Also requires pods to be hardened.
    Restricted,
}

/// The label of a namespace that says which level the API server enforces.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The label that says which version of it.
const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// The version of the standard that the pod is checked against; `None` if the namespace enforces another level.
///
/// # Errors
/// When the namespace can't be looked up.
pub(super) fn version(
    level: Level,
    from_namespace: bool,
    cx: &Context<'_>,
) -> Result<Option<KubernetesVersion>, CheckError> {
    let newest = cx.kubernetes();
    if !from_namespace {
        return Ok(Some(newest));
    }
    let Some(namespace) = cx.namespace_object()? else { return Ok(None) };
    let labels = cx.node(&namespace).get("metadata").get("labels");
    let label = |key: &str| labels.entry(key).str().map_err(|malformed| namespace.unreadable(&malformed));
    let enforced = match label(ENFORCE)? {
        None | Some("privileged") => return Ok(None),
        Some("baseline") => Level::Baseline,
        // What is no level counts as the strictest one.
        Some(_) => Level::Restricted,
    };
    if enforced != level {
        return Ok(None);
    }
    // What is no version counts as `latest`, and no API server knows a later one than its own.
    let minor = label(ENFORCE_VERSION)?.and_then(|text| text.strip_prefix("v1."));
    let minor: Option<u16> = minor.filter(|digits| *digits == "0" || !digits.starts_with('0')).and_then(whole_number);
    Ok(Some(minor.map_or(newest, |minor| KubernetesVersion { minor }.min(newest))))
}

/// The number, if the text consists of digits.
fn whole_number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The standard in one version, and the pod that is checked against it.
pub(super) struct Standard<'p, 'a> {
    pub(super) pod: &'p Pod<'a>,
    pub(super) cx: &'p Context<'a>,
    pub(super) version: KubernetesVersion,
}

/// A field that containers and pods have.
struct Field {
    control: &'static str,
    /// What a container inherits as a whole.
    holder: &'static [&'static str],
    /// The field below it, if the holder isn't the field itself.
    key: Option<&'static str>,
    accepts: Accepts,
    /// What a pod or each of its containers must set, if it isn't enough to set nothing wrong.
    required: Option<&'static str>,
    help: &'static str,
}

/// The values that a field may have.
enum Accepts {
    /// One of these texts; the empty one stands for none.
    Text(&'static [&'static str]),
    /// All but this truth value.
    Not(bool),
    /// All numbers but 0.
    NonZero,
}

/// What a field says.
enum State {
    Unset,
    Accepted,
    Wrong(String),
}

const PROFILE_TYPES: &[&str] = &["RuntimeDefault", "Localhost"];

impl<'a> Standard<'_, 'a> {
    /// The controls of the baseline level.
    pub(super) fn check_baseline(&self, out: &mut Findings) -> Result<(), Malformed> {
        self.check_both(out)?;
        self.check_added(None, out)?;
        self.check_host_paths(out)?;
        self.check_inherited(&seccomp(None), out)?;
        if !(self.version.at_least(35) && self.has_user_namespace()?) {
            self.check_proc_mount(out)?;
        }
        Ok(())
    }

    /// The controls of the restricted level, which include those of the baseline level, some of them stricter.
    pub(super) fn check_restricted(&self, out: &mut Findings) -> Result<(), Malformed> {
        self.check_both(out)?;
        self.check_proc_mount(out)?;
        self.check_volumes(out)?;
        let is_windows = self.version.at_least(25) && self.pod.spec().dig(&["os", "name"]).str()? == Some("windows");
        if !is_windows {
            self.check_privilege_escalation(out)?;
            self.check_capabilities(out)?;
            self.check_inherited(&seccomp(Some("seccompProfile")), out)?;
        }
        if !(self.version.at_least(35) && self.has_user_namespace()?) {
            self.check_inherited(&RUN_AS_NON_ROOT, out)?;
            if self.version.at_least(23) {
                self.check_inherited(&RUN_AS_USER, out)?;
            }
        }
        Ok(())
    }

    /// The controls that are the same on both levels.
    fn check_both(&self, out: &mut Findings) -> Result<(), Malformed> {
        self.check_inherited(&HOST_PROCESS, out)?;
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            let node = self.pod.spec().get(field);
            if node.bool()? == Some(true) {
                let message = text!["Host Namespaces: the pod sets ", field, " to true"];
                out.report(node, message).help(text!["remove ", field]);
            }
        }
        for container in self.pod.containers() {
            let privileged = SecurityContext::of(container, self.pod)?.privileged();
            if privileged.bool()? == Some(true) {
                let message = text!["Privileged Containers: ", container.title(), " sets privileged to true"];
                out.report(privileged, message).container(container).help("remove securityContext.privileged");
            }
        }
        self.check_host_ports(out)?;
        if self.version.at_least(34) {
            self.check_hosts(out)?;
        }
        self.check_app_armor(out)?;
        for (key, help) in SELINUX_FIELDS {
            let accepts = if *key == "type" { selinux_types(self.version) } else { &[""] };
            self.check_inherited(&selinux(key, accepts, help), out)?;
        }
        self.check_sysctls(out)
    }

    /// True for a pod whose root is not the node's.
    fn has_user_namespace(&self) -> Result<bool, Malformed> {
        Ok(self.pod.spec().get("hostUsers").bool()? == Some(false))
    }

    /// A field that is inherited: each place that sets a wrong value, and what is missing.
    fn check_inherited(&self, field: &Field, out: &mut Findings) -> Result<(), Malformed> {
        let name = field.name();
        let pods = shared(self.pod)?;
        let of_pod = field.state(pods)?;
        if let State::Wrong(value) = &of_pod {
            let message = text![field.control, ": the pod sets ", name, " to ", value];
            out.report(field.place(pods), message).help(field.help);
        }
        let mut without = Vec::new();
        for container in self.pod.containers() {
            let own = SecurityContext::of(container, self.pod)?.own();
            match (field.state(own)?, &of_pod) {
                (State::Wrong(value), _) => {
                    let message = text![field.control, ": ", container.title(), " sets ", name, " to ", value];
                    out.report(field.place(own), message).container(container).help(field.help);
                }
                (State::Unset, State::Unset) => without.push((container, own)),
                // The pod is already running: only the container can still be changed.
                (State::Unset, State::Wrong(_)) if container.role() == Role::Ephemeral => {
                    without.push((container, own));
                }
                _ => {}
            }
        }
        let Some(required) = field.required else { return Ok(()) };
        let message = |title: &str, several: bool| {
            let verb = if several { " don't set " } else { " doesn't set " };
            text![field.control, ": ", title, verb, name, ", nor does the pod"]
        };
        let is_alone = |container: &Container<'_>| container.role() == Role::Ephemeral;
        if self.cx.reports_separately() || without.len() == 1 || without.iter().any(|(one, _)| is_alone(one)) {
            for (container, own) in &without {
                out.report(own.get(required), message(&container.title(), false)).container(container).help(field.help);
            }
        } else if !without.is_empty() {
            let containers: Vec<&Container<'_>> = without.iter().map(|(container, _)| *container).collect();
            out.report(pods.get(required), message(&titles(&containers), true)).help(field.help);
        }
        Ok(())
    }

    /// The capabilities that a container adds, on the baseline level or, if only one is accepted, on the restricted one.
    fn check_added(&self, only: Option<&str>, out: &mut Findings) -> Result<(), Malformed> {
        for container in self.pod.containers() {
            for node in SecurityContext::of(container, self.pod)?.added_capabilities().items()? {
                let name = node.str()?.unwrap_or_default();
                let accepted = match only {
                    Some(only) => name == only,
                    // The last one is granted by default, but not to be added.
                    None => DEFAULT_CAPABILITIES.split_last().is_some_and(|(_, others)| others.contains(&name)),
                };
                if !accepted {
                    let message = text!["Capabilities: ", container.title(), " adds ", name];
                    let help = text!["remove ", name, " from securityContext.capabilities.add"];
                    out.report(node, message).container(container).help(help);
                }
            }
        }
        Ok(())
    }

    fn check_capabilities(&self, out: &mut Findings) -> Result<(), Malformed> {
        if !self.version.at_least(22) {
            return self.check_added(None, out);
        }
        for container in self.pod.containers() {
            let drop = SecurityContext::of(container, self.pod)?.dropped_capabilities();
            let mut drops_all = false;
            for node in drop.items()? {
                drops_all |= node.str()? == Some("ALL");
            }
            if !drops_all {
                let message = text!["Capabilities: ", container.title(), " doesn't drop ALL"];
                out.report(drop, message).container(container).help("add ALL to securityContext.capabilities.drop");
            }
        }
        self.check_added(Some("NET_BIND_SERVICE"), out)
    }

    fn check_privilege_escalation(&self, out: &mut Findings) -> Result<(), Malformed> {
        for container in self.pod.containers() {
            let field = SecurityContext::of(container, self.pod)?.allow_privilege_escalation();
            let violation = match field.bool()? {
                Some(false) => continue,
                Some(true) => " sets allowPrivilegeEscalation to true",
                None => " doesn't set allowPrivilegeEscalation to false",
            };
            let message = text!["Privilege Escalation: ", container.title(), violation];
            let help = "set securityContext.allowPrivilegeEscalation to false";
            out.report(field, message).container(container).help(help);
        }
        Ok(())
    }

    fn check_host_paths(&self, out: &mut Findings) -> Result<(), Malformed> {
        for volume in volumes(self.pod)? {
            let source = volume.source("hostPath")?;
            if source.exists() {
                let message = text!["HostPath Volumes: volume \"", volume.name, "\" is a hostPath"];
                out.report(source, message).help("use a PersistentVolumeClaim, an emptyDir or a ConfigMap");
            }
        }
        Ok(())
    }

    fn check_volumes(&self, out: &mut Findings) -> Result<(), Malformed> {
        for volume in volumes(self.pod)? {
            for (key, source) in volume.node.entries()?.filter(|(_, source)| source.exists()) {
                if !["hostPath", "gitRepo"].contains(&key) && !DRIVER_SOURCES.contains(&key) {
                    continue;
                }
                let message = text!["Volume Types: volume \"", volume.name, "\" is of type ", key];
                out.report(source, message).help("use a PersistentVolumeClaim or a CSI volume");
            }
        }
        Ok(())
    }

    fn check_host_ports(&self, out: &mut Findings) -> Result<(), Malformed> {
        let is_host_network = self.pod.spec().get("hostNetwork").bool()? == Some(true);
        for container in self.pod.containers() {
            for port in container.get("ports").items()? {
                let node = port.mapping()?.get("hostPort");
                let number = node.int()?.unwrap_or_default();
                // On the host's network the API server sets them all, and that network is a violation itself.
                let is_set = is_host_network && port.get("containerPort").int()? == Some(number);
                if number != 0 && !is_set {
                    let message = text!["Host Ports: ", container.title(), " sets hostPort to ", number.to_string()];
                    out.report(node, message).container(container).help("remove hostPort and use a Service");
                }
            }
        }
        Ok(())
    }

    fn check_hosts(&self, out: &mut Findings) -> Result<(), Malformed> {
        for container in self.pod.containers() {
            let lifecycle = container.get("lifecycle");
            let hooks = ["postStart", "preStop"].map(|hook| (hook, lifecycle.get(hook)));
            let probes = Purpose::ALL.map(|purpose| (purpose.field(), container.get(purpose.field())));
            for (name, handler) in probes.into_iter().chain(hooks) {
                for action in ["httpGet", "tcpSocket"] {
                    let node = handler.get(action).get("host");
                    let host = node.str()?.unwrap_or_default();
                    if !host.is_empty() {
                        let sets = text![container.title(), " sets ", name, ".", action, ".host to ", host];
                        let finding = out.report(node, text!["Host Probes / Lifecycle Hooks: ", sets]);
                        finding.container(container).help("remove host: it defaults to the pod's own IP");
                    }
                }
            }
        }
        Ok(())
    }

    fn check_app_armor(&self, out: &mut Findings) -> Result<(), Malformed> {
        // Older clusters drop the field.
        if self.cx.kubernetes().at_least(30) {
            self.check_inherited(&APP_ARMOR, out)?;
        }
        for (key, node) in self.pod.metadata().get("annotations").entries()? {
            let profile = node.str()?.unwrap_or_default();
            let accepted = profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/");
            if key.starts_with("container.apparmor.security.beta.kubernetes.io/") && !accepted {
                let message = text!["AppArmor: the annotation ", key, " is ", profile];
                out.report(node, message).help("remove the annotation");
            }
        }
        Ok(())
    }

    fn check_proc_mount(&self, out: &mut Findings) -> Result<(), Malformed> {
        for container in self.pod.containers() {
            let node = SecurityContext::of(container, self.pod)?.proc_mount();
            if let Some(value) = node.str()?.filter(|value| *value != "Default") {
                let message = text!["/proc Mount Type: ", container.title(), " sets procMount to ", value];
                out.report(node, message).container(container).help("remove procMount");
            }
        }
        Ok(())
    }

    fn check_sysctls(&self, out: &mut Findings) -> Result<(), Malformed> {
        for node in shared(self.pod)?.get("sysctls").items()? {
            let name = node.mapping()?.get("name").str()?.unwrap_or_default();
            let is_safe = |(safe, since): &(&str, u16)| *safe == name && self.version.at_least(*since);
            if !SAFE_SYSCTLS.iter().any(is_safe) {
                let message = text!["Sysctls: the pod sets ", name];
                out.report(node, message).help(text!["remove ", name, " from securityContext.sysctls"]);
            }
        }
        Ok(())
    }
}

const HOST_PROCESS: Field = Field {
    control: "HostProcess",
    holder: &["windowsOptions", "hostProcess"],
    key: None,
    accepts: Accepts::Not(true),
    required: None,
    help: "remove windowsOptions.hostProcess",
};

const APP_ARMOR: Field = Field {
    control: "AppArmor",
    holder: &["appArmorProfile"],
    key: Some("type"),
    accepts: Accepts::Text(PROFILE_TYPES),
    required: None,
    help: "set appArmorProfile.type to RuntimeDefault",
};

const RUN_AS_NON_ROOT: Field = Field {
    control: "Running as Non-root",
    holder: &["runAsNonRoot"],
    key: None,
    accepts: Accepts::Not(false),
    required: Some("runAsNonRoot"),
    help: "set runAsNonRoot to true",
};

const RUN_AS_USER: Field = Field {
    control: "Running as Non-root user",
    holder: &["runAsUser"],
    key: None,
    accepts: Accepts::NonZero,
    required: None,
    help: "set runAsUser to a user ID above 0, or remove it",
};

const fn seccomp(required: Option<&'static str>) -> Field {
    Field {
        control: "Seccomp",
        holder: &["seccompProfile"],
        key: Some("type"),
        accepts: Accepts::Text(PROFILE_TYPES),
        required,
        help: "set seccompProfile.type to RuntimeDefault",
    }
}

const SELINUX_FIELDS: &[(&str, &str)] = &[
    ("type", "remove seLinuxOptions.type"),
    ("user", "remove seLinuxOptions.user"),
    ("role", "remove seLinuxOptions.role"),
];

const fn selinux(key: &'static str, accepted: &'static [&'static str], help: &'static str) -> Field {
    Field {
        control: "SELinux",
        holder: &["seLinuxOptions"],
        key: Some(key),
        accepts: Accepts::Text(accepted),
        required: None,
        help,
    }
}

impl Field {
    fn name(&self) -> String {
        self.holder.iter().copied().chain(self.key).collect::<Vec<_>>().join(".")
    }

    fn holder<'n>(&self, context: Node<'n>) -> Node<'n> {
        context.dig(self.holder)
    }

    fn place<'n>(&self, context: Node<'n>) -> Node<'n> {
        let holder = self.holder(context);
        self.key.map_or(holder, |key| holder.get(key))
    }

    fn state(&self, context: Node<'_>) -> Result<State, Malformed> {
        if !self.holder(context).exists() {
            return Ok(State::Unset);
        }
        let place = self.place(context);
        let (accepted, value) = match self.accepts {
            Accepts::Text(texts) => {
                let text = place.str()?.unwrap_or_default();
                (texts.contains(&text), if text.is_empty() { "nothing".to_owned() } else { text.to_owned() })
            }
            Accepts::Not(wrong) => (place.bool()? != Some(wrong), wrong.to_string()),
            Accepts::NonZero => (place.int()? != Some(0), "0".to_owned()),
        };
        Ok(if accepted { State::Accepted } else { State::Wrong(value) })
    }
}
