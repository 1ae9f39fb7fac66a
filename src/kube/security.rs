//! A container's rights: its security context merged with its pod's.

use std::borrow::Cow;

use crate::json::node::{Malformed, Node};
use crate::kube::container::{Container, Role};
use crate::kube::pod::Pod;
use crate::kube::version::KubernetesVersion;

/// The effective security context of one container.
///
/// Some fields exist on the pod as well, and a container inherits each of them unless it sets its own value. The others
/// exist only on containers and have no effect on the pod.
#[derive(Clone, Copy)]
pub struct SecurityContext<'a> {
    own: Node<'a>,
    pod: Node<'a>,
}

/// A field that a container inherits unless it sets the field itself.
#[derive(Clone, Copy)]
pub struct Inherited<'a> {
    /// The place of the effective value; where neither sets one, the place on the container.
    pub node: Node<'a>,
    /// The place on the container, whose value overrides the pod's.
    pub own: Node<'a>,
    /// The place on the pod.
    pub pods: Node<'a>,
    /// Whether the value is the pod's.
    pub from_pod: bool,
}

impl Inherited<'_> {
    /// True when a wrong value is to be fixed on the pod and not on the container that inherits it. The pod of an ephemeral
    /// container is already running: only the container can still be changed.
    pub fn is_set_by_pod(&self, container: &Container<'_>) -> bool {
        self.from_pod && container.role() != Role::Ephemeral
    }

    /// True when neither the container nor its pod sets a value: one on the pod would cover every such container.
    pub fn is_unset(&self, container: &Container<'_>) -> bool {
        !self.from_pod && !self.own.exists() && container.role() != Role::Ephemeral
    }
}

impl<'a> SecurityContext<'a> {
    /// The context of a container of `pod`.
    ///
    /// # Errors
    /// When the container's or the pod's `securityContext` is not a mapping.
    pub fn of(container: &Container<'a>, pod: &Pod<'a>) -> Result<SecurityContext<'a>, Malformed> {
        Ok(SecurityContext { own: container.security().mapping()?, pod: shared(pod)? })
    }

    fn inherited(&self, own: Node<'a>, pod: Node<'a>) -> Inherited<'a> {
        let from_pod = !own.exists() && pod.exists();
        Inherited { node: if from_pod { pod } else { own }, own, pods: pod, from_pod }
    }

    fn field(&self, key: &'static str) -> Inherited<'a> {
        self.inherited(self.own.get(key), self.pod.get(key))
    }

    /// The container's own `securityContext`, for fields that pods don't have and for edits.
    pub fn own(&self) -> Node<'a> {
        self.own
    }

    /// `runAsNonRoot`, a boolean. Windows has it too.
    pub fn run_as_non_root(&self) -> Inherited<'a> {
        self.field("runAsNonRoot")
    }

    /// `runAsUser`, a number. The API forbids it in Windows pods.
    pub fn run_as_user(&self) -> Inherited<'a> {
        self.field("runAsUser")
    }

    /// `runAsGroup`, a number. The API forbids it in Windows pods.
    pub fn run_as_group(&self) -> Inherited<'a> {
        self.field("runAsGroup")
    }

    /// `seccompProfile`, a mapping that is inherited as a whole. The API forbids it in Windows pods.
    pub fn seccomp_profile(&self) -> Inherited<'a> {
        self.field("seccompProfile")
    }

    /// `appArmorProfile`, a mapping that is inherited as a whole; since Kubernetes 1.30. The API forbids it in Windows pods.
    pub fn app_armor_profile(&self) -> Inherited<'a> {
        self.field("appArmorProfile")
    }

    /// `seLinuxOptions`, a mapping that is inherited as a whole. The API forbids it in Windows pods.
    pub fn selinux_options(&self) -> Inherited<'a> {
        self.field("seLinuxOptions")
    }

    /// A field of `windowsOptions`, which are inherited one by one: `runAsUserName`, `hostProcess`.
    pub fn windows_option(&self, key: &'static str) -> Inherited<'a> {
        let options = |context: Node<'a>| context.get("windowsOptions").get(key);
        self.inherited(options(self.own), options(self.pod))
    }

    /// `capabilities.drop`, a list of names. Containers only.
    pub fn dropped_capabilities(&self) -> Node<'a> {
        self.own.get("capabilities").get("drop")
    }

    /// `capabilities.add`, a list of names. Containers only.
    pub fn added_capabilities(&self) -> Node<'a> {
        self.own.get("capabilities").get("add")
    }

    /// `privileged`, a boolean. Containers only; the API forbids it in Windows pods.
    pub fn privileged(&self) -> Node<'a> {
        self.own.get("privileged")
    }

    /// True for a privileged container, which has every capability, and on which seccomp and the masks over `/proc` have no
    /// effect.
    ///
    /// # Errors
    /// When `privileged` is not a boolean.
    pub fn is_privileged(&self) -> Result<bool, Malformed> {
        Ok(self.privileged().bool()? == Some(true))
    }

    /// `allowPrivilegeEscalation`, a boolean. Containers only; the API forbids it in Windows pods.
    pub fn allow_privilege_escalation(&self) -> Node<'a> {
        self.own.get("allowPrivilegeEscalation")
    }

    /// True when the container adds `CAP_SYS_ADMIN`, with which the API rejects `allowPrivilegeEscalation: false`.
    ///
    /// # Errors
    /// When `capabilities.add` has the wrong type.
    pub fn forces_privilege_escalation(&self) -> Result<bool, Malformed> {
        for name in self.added_capabilities().items()? {
            // The API compares exactly this spelling; `SYS_ADMIN` passes.
            if name.str()? == Some("CAP_SYS_ADMIN") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `readOnlyRootFilesystem`, a boolean. Containers only; the API forbids it in Windows pods.
    pub fn read_only_root_filesystem(&self) -> Node<'a> {
        self.own.get("readOnlyRootFilesystem")
    }

    /// `procMount`, `Default` or `Unmasked`. Containers only; the API forbids it in Windows pods.
    pub fn proc_mount(&self) -> Node<'a> {
        self.own.get("procMount")
    }
}

/// The pod's own `securityContext`, for fields that only pods have (`sysctls`, `fsGroup`) and for edits.
///
/// # Errors
/// When it is not a mapping.
pub fn shared<'a>(pod: &Pod<'a>) -> Result<Node<'a>, Malformed> {
    pod.security().mapping()
}

/// True when a container of the pod is a Windows HostProcess container. Then all of them are, and the API requires
/// `hostNetwork`.
///
/// # Errors
/// When a security context has the wrong type.
pub fn is_host_process(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.containers() {
        if SecurityContext::of(container, pod)?.windows_option("hostProcess").node.bool()? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The name of a capability without `CAP_`, as written otherwise.
pub fn bare_capability(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case("CAP_") => bare,
        _ => name,
    }
}

/// The capabilities that container runtimes grant by default. Pod Security's baseline level lets containers add all but
/// the last.
pub const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "NET_RAW",
];

/// True when container runtimes read both names as the same capability: `NET_RAW`, `net_raw` and `CAP_NET_RAW`.
pub fn same_capability(one: &str, other: &str) -> bool {
    bare_capability(one).eq_ignore_ascii_case(bare_capability(other))
}

/// The SELinux types that Pod Security accepts in that version; the empty one stands for none.
pub fn selinux_types(version: KubernetesVersion) -> &'static [&'static str] {
    if version.at_least(31) {
        &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]
    } else {
        &["", "container_t", "container_init_t", "container_kvm_t"]
    }
}

/// The sysctls that Kubernetes considers safe, by their names with dots, and since which minor version.
pub const SAFE_SYSCTLS: &[(&str, u16)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

/// The name of a sysctl with dots between its parts. The API accepts slashes too, as below `/proc/sys`: whichever comes
/// first separates, and the other is part of a name (`net/ipv4/conf/eth0.1/forwarding`).
pub fn dotted_sysctl(name: &str) -> Cow<'_, str> {
    if name.find(['.', '/']).is_none_or(|at| name.as_bytes().get(at) == Some(&b'.')) {
        return Cow::Borrowed(name);
    }
    let swapped = name.chars().map(|c| match c {
        '/' => '.',
        '.' => '/',
        c => c,
    });
    Cow::Owned(swapped.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::POD;

    #[test]
    fn container_overrides_pod_field_by_field() {
        let object = json!({"spec": {
            "securityContext": {"runAsUser": 0, "runAsNonRoot": true, "windowsOptions": {"runAsUserName": "a"}},
            "containers": [
                {"name": "own", "securityContext": {
                    "runAsUser": 1000, "runAsNonRoot": false, "windowsOptions": {"hostProcess": true}}},
                {"name": "inheriting", "securityContext": {"runAsUser": null}},
            ],
        }});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
        let contexts: Vec<_> =
            pod.containers().iter().map(|container| SecurityContext::of(container, &pod).unwrap()).collect();

        assert_eq!(contexts[0].run_as_user().node.int(), Ok(Some(1000)));
        assert_eq!(contexts[0].run_as_non_root().node.bool(), Ok(Some(false)));
        assert_eq!(contexts[0].windows_option("runAsUserName").node.str(), Ok(Some("a")));
        let user = contexts[1].run_as_user();
        assert!(user.from_pod);
        assert_eq!(user.node.path().as_str(), "/spec/securityContext/runAsUser");
        let group = contexts[1].run_as_group();
        assert!(!group.from_pod);
        assert_eq!(group.node.path().as_str(), "/spec/containers/1/securityContext/runAsGroup");
        assert_eq!(is_host_process(&pod), Ok(true));
    }

    #[test]
    fn capability_spellings_are_equal() {
        for name in ["NET_RAW", "net_raw", "CAP_NET_RAW", "cap_net_raw"] {
            assert!(same_capability(name, "NET_RAW"), "{name}");
        }
        assert!(!same_capability("NET_ADMIN", "NET_RAW"));
        assert_eq!(bare_capability("ALL"), "ALL");
        assert_eq!(bare_capability("äöü"), "äöü");
    }

    #[test]
    fn only_cap_sys_admin_forces_privilege_escalation() {
        let object = json!({"spec": {"containers": [
            {"name": "plain"},
            {"name": "spelt", "securityContext": {"privileged": false, "capabilities": {"add": ["SYS_ADMIN"]}}},
            {"name": "exact", "securityContext": {"capabilities": {"add": ["NET_RAW", "CAP_SYS_ADMIN"]}}},
        ]}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
        let forces: Vec<_> = pod
            .containers()
            .iter()
            .map(|container| SecurityContext::of(container, &pod).unwrap().forces_privilege_escalation().unwrap())
            .collect();
        assert_eq!(forces, [false, false, true]);
    }

    #[test]
    fn dots_and_slashes_name_the_same_sysctl() {
        for (name, dotted) in [
            ("kernel.shm_rmid_forced", "kernel.shm_rmid_forced"),
            ("kernel/shm_rmid_forced", "kernel.shm_rmid_forced"),
            ("net/ipv4/conf/eth0.1/forwarding", "net.ipv4.conf.eth0/1.forwarding"),
            ("net.ipv4.conf.eth0/1.forwarding", "net.ipv4.conf.eth0/1.forwarding"),
            ("", ""),
        ] {
            assert_eq!(dotted_sysctl(name), dotted, "{name}");
        }
    }
}
