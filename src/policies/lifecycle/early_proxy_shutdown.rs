use crate::kube::hook::{Handler, PreStop, Wait};
use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{self, ISTIO_PROXY_CONFIG, Mesh, PROXY_CONTAINERS};
use crate::lookup::mesh::injection;
use crate::lookup::mesh::namespace_hint;
use crate::policies::prelude::*;
use crate::text::duration::{Duration, in_seconds};

/// ## What it does
/// Reports pods of a service mesh whose proxy may stop before the other containers are done. The proxy has to stay for
/// `minSeconds`, and for as long as the longest `preStop` hook of the others can be read to wait:
///
/// - a proxy container of the pod's own, by its name, needs a `preStop` hook that waits so long;
/// - a proxy that Istio injects needs `EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"`, or a `terminationDrainDuration` that is
///   long enough, in the annotation `proxy.istio.io/config`;
/// - a proxy that Linkerd injects needs the annotation `config.alpha.linkerd.io/proxy-wait-before-exit-seconds`.
///
/// A drain that is longer than the grace period is reported, too. A proxy that is a native sidecar (an init container
/// with `restartPolicy: Always`, or injected as one by the annotation `sidecar.istio.io/nativeSidecar` or
/// `config.beta.linkerd.io/proxy-enable-native-sidecar`) stops last anyway and is not reported, nor is a hook whose time
/// cannot be known.
///
/// ## Why
/// All containers of a pod are told to stop at the same moment. All traffic of a pod in a mesh goes through its proxy, so
/// that once the proxy has gone nothing reaches the app any more, and the app reaches nothing: the requests that it still
/// works on fail, along with its last calls to the database. A `preStop` hook of the app makes it worse, because the app
/// then stays on purpose, behind a proxy that has left.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     proxy.istio.io/config: |
///       proxyMetadata:
///         EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
/// ```
///
/// ## Limits
/// What the mesh's own configuration gives every proxy can't be seen from a pod: `meshWide` says so. The pod's namespace
/// may ask for injection as well; among files that is only known when the Namespace is given with them, and pods whose
/// Namespace is not given are checked by what they say themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EarlyProxyShutdown {
    /// How long a proxy stays at least, in seconds, though no hook of the others waits so long.
    pub min_seconds: u16,
    /// What may keep the proxy that Istio injects: `exitOnZero` until it has no connections, `drainDuration` for a time.
    /// The fix writes the first. With none, only native sidecars will do.
    pub accept: Vec<Keeper>,
    /// What the mesh gives every injected proxy anyway: `exitOnZero`, or `nativeSidecar`.
    pub mesh_wide: Vec<MeshWide>,
    /// Containers with these names are a mesh's proxies.
    pub proxy_containers: Vec<String>,
}

/// What keeps Istio's proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Keeper {
    /// `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`
    ExitOnZero,
    /// `terminationDrainDuration`
    DrainDuration,
}

/// What a mesh does for every proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum MeshWide {
    /// Istio's proxies stay until they have no connections.
    ExitOnZero,
    /// Proxies are native sidecars.
    NativeSidecar,
}

impl Default for EarlyProxyShutdown {
    fn default() -> EarlyProxyShutdown {
        EarlyProxyShutdown {
            min_seconds: 3,
            accept: vec![Keeper::ExitOnZero, Keeper::DrainDuration],
            mesh_wide: Vec::new(),
            proxy_containers: PROXY_CONTAINERS.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

const EXIT_ON_ZERO: &str = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
const DRAIN_DURATION: &str = "terminationDrainDuration";
const LINKERD_WAIT: &str = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds";
const NATIVE_SIDECARS: [&str; 2] =
    ["config.beta.linkerd.io/proxy-enable-native-sidecar", "config.alpha.linkerd.io/proxy-enable-native-sidecar"];

/// How long the proxy has to stay, and for whom.
struct Needed {
    seconds: u32,
    /// The container whose hook waits so long; `None` when the settings ask for more.
    container: Option<String>,
    /// The grace period, in seconds.
    grace: i64,
}

impl Needed {
    /// `15 s, as long as the preStop hook of container "app" waits`.
    fn text(&self) -> String {
        let seconds = text![self.seconds.to_string(), " s"];
        match &self.container {
            Some(title) => text!["the ", seconds, " that ", title, " waits in preStop"],
            None => seconds,
        }
    }

    /// True when the pod is killed before.
    fn is_cut_off(&self) -> bool {
        i64::from(self.seconds) >= self.grace
    }
}

impl Policy for EarlyProxyShutdown {
    const METADATA: Metadata = Metadata {
        id: "early-proxy-shutdown",
        title: "A mesh's proxy stops after the app",
        why: "without its proxy the app loses the requests that it still works on",
        help: "keep the proxy until the other containers are done",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        needs: &[&NAMESPACE],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ISTIO_PROXY_CONFIG, sources::LINKERD_SHUTDOWN, sources::POD_TERMINATION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if let Some(proxy) = mesh::proxy_of(pod, &self.proxy_containers) {
            if proxy.role() != Role::Sidecar {
                self.check_container(proxy, pod, cx, out)?;
            }
            return Ok(());
        }
        let Some((mesh, namespace)) = injection(cx, pod)? else { return Ok(()) };
        if self.mesh_wide.contains(&MeshWide::NativeSidecar) {
            return Ok(());
        }
        match mesh {
            Mesh::Istio => self.check_istio(pod, out)?,
            Mesh::Linkerd => self.check_linkerd(pod, linkerd_namespace(cx, namespace)?.as_ref(), cx, out)?,
        }
        Ok(())
    }
}

/// What keeps a mesh's proxy once its pod is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyLifetime {
    /// Nothing that is known.
    Nothing,
    /// It stays until it has no connections.
    UntilOthersEnd,
    /// It drains for so many milliseconds.
    Drain(i64),
    /// A hook waits so many seconds before it is told.
    Hook(u32),
    /// It is a native sidecar.
    NativeSidecar,
}

impl EarlyProxyShutdown {
    /// What keeps a proxy that is a container of the pod's own, its hook apart.
    pub(crate) fn lifetime_of_container(
        &self,
        proxy: &Container<'_>,
        pod: &Pod<'_>,
    ) -> Result<ProxyLifetime, Malformed> {
        let config = pod.annotation(ISTIO_PROXY_CONFIG)?.unwrap_or_default();
        if exits_on_zero(config) || has_exit_on_zero(proxy)? {
            return Ok(ProxyLifetime::UntilOthersEnd);
        }
        Ok(drain_of(config).map_or(ProxyLifetime::Nothing, |(_, drain)| ProxyLifetime::Drain(drain.millis())))
    }

    /// The mesh that injects a proxy into the pod, if one does, and what keeps that proxy.
    pub(crate) fn injected(
        &self,
        cx: &Context<'_>,
        pod: &Pod<'_>,
    ) -> Result<Option<(Mesh, ProxyLifetime)>, CheckError> {
        let Some((mesh, namespace)) = injection(cx, pod)? else { return Ok(None) };
        let lifetime = match mesh {
            _ if self.mesh_wide.contains(&MeshWide::NativeSidecar) => ProxyLifetime::NativeSidecar,
            Mesh::Istio if is_native_istio(pod)? => ProxyLifetime::NativeSidecar,
            Mesh::Istio => {
                let config = pod.annotation(ISTIO_PROXY_CONFIG)?.unwrap_or_default();
                match drain_of(config) {
                    _ if self.istio_exits_on_zero(config) => ProxyLifetime::UntilOthersEnd,
                    Some((_, drain)) => ProxyLifetime::Drain(drain.millis()),
                    None => ProxyLifetime::Nothing,
                }
            }
            Mesh::Linkerd => linkerd_lifetime(pod, linkerd_namespace(cx, namespace)?.as_ref(), cx)?,
        };
        Ok(Some((mesh, lifetime)))
    }

    fn istio_exits_on_zero(&self, config: &str) -> bool {
        match mesh::setting_of(config, EXIT_ON_ZERO) {
            Some(own) => mesh::truth(own) == Some(true),
            None => self.mesh_wide.contains(&MeshWide::ExitOnZero),
        }
    }

    fn needed(&self, pod: &Pod<'_>) -> Result<Needed, Malformed> {
        let mut seconds = u32::from(self.min_seconds);
        let mut slowest = None;
        for container in pod.long_running_containers() {
            if self.proxy_containers.iter().any(|proxy| proxy == container.name()) {
                continue;
            }
            let Some(hook) = PreStop::of(container)? else { continue };
            let waits = u32::try_from(hook.wait.certain_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
            if waits > seconds {
                seconds = waits;
                slowest = Some(container.title());
            }
        }
        let grace = pod.spec().get("terminationGracePeriodSeconds").int()?.unwrap_or(30);
        Ok(Needed { seconds, container: slowest, grace })
    }

    /// A proxy among the pod's own containers.
    fn check_container(
        &self,
        proxy: &Container<'_>,
        pod: &Pod<'_>,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        let config = pod.annotation(ISTIO_PROXY_CONFIG)?.unwrap_or_default();
        if self.accept.contains(&Keeper::ExitOnZero) && (exits_on_zero(config) || has_exit_on_zero(proxy)?) {
            return Ok(());
        }
        let needed = self.needed(pod)?;
        let is_drained = |drain: Duration| drain >= Duration::from_seconds(needed.seconds);
        // Istio lets pods write down its container themselves, and injects the rest.
        if self.accept.contains(&Keeper::DrainDuration) && drain_of(config).is_some_and(|(_, drain)| is_drained(drain))
        {
            return Ok(());
        }
        let hook = PreStop::of(proxy)?;
        let message = match &hook {
            None if needed.seconds > 0 => {
                text!["the proxy ", proxy.title().as_str(), " has no preStop hook that keeps it for ", needed.text()]
            }
            Some(PreStop { wait: Wait::Exactly(millis), .. }) if *millis < u64::from(needed.seconds) * 1_000 => {
                let waits = in_seconds(*millis);
                text![
                    "the proxy ",
                    proxy.title().as_str(),
                    " waits ",
                    waits,
                    " s in preStop, less than ",
                    needed.text()
                ]
            }
            _ => return Ok(()),
        };
        let seconds = needed.seconds.to_string();
        let own = matches!(hook.as_ref().map(|hook| hook.handler), None | Some(Handler::Sleep));
        let native = own && cx.kubernetes().at_least(30);
        let mut help = if native {
            text!["set lifecycle.preStop.sleep.seconds to ", seconds]
        } else {
            text!["make the proxy's preStop hook wait ", seconds, " s"]
        };
        if needed.is_cut_off() {
            help.push_str(", and set terminationGracePeriodSeconds to more than that");
        }
        let place = hook.map_or_else(|| proxy.get("lifecycle").get("preStop"), |hook| hook.node);
        let finding = out.report(place, message).container(proxy).help(help.clone());
        if native && !needed.is_cut_off() {
            finding.unsafe_fix(help, vec![Edit::set(place.get("sleep").get("seconds"), json!(needed.seconds))]);
        }
        Ok(())
    }

    /// The proxy that Istio injects.
    fn check_istio(&self, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
        if is_native_istio(pod)? {
            return Ok(());
        }
        let place = pod.metadata().get("annotations").entry(ISTIO_PROXY_CONFIG);
        let config = place.str()?.unwrap_or_default();
        if self.accept.contains(&Keeper::ExitOnZero) && self.istio_exits_on_zero(config) {
            return Ok(());
        }
        let needed = self.needed(pod)?;
        let written = drain_of(config);
        let long_enough = |drain: Duration| drain >= Duration::from_seconds(needed.seconds);
        let message = match written {
            Some((text, drain)) if self.accept.contains(&Keeper::DrainDuration) && long_enough(drain) => {
                if drain.millis() > needed.grace.saturating_mul(1_000) {
                    let grace = needed.grace.to_string();
                    let message = text![DRAIN_DURATION, " ", text, " is longer than the grace period of ", grace, " s"];
                    let seconds = (drain.millis() / 1_000).saturating_add(1).to_string();
                    let help = text!["set terminationGracePeriodSeconds to ", seconds, " or more"];
                    out.report(place, message).help(help);
                }
                return Ok(());
            }
            Some((text, _)) if self.accept.contains(&Keeper::DrainDuration) => text![
                "the injected istio-proxy stops after a ",
                DRAIN_DURATION,
                " of ",
                text,
                ", less than ",
                needed.text(),
            ],
            _ => "nothing keeps the injected istio-proxy until the other containers are done".to_owned(),
        };
        let seconds = text![needed.seconds.to_string(), "s"];
        let (setting, value) = match self.accept.first() {
            Some(Keeper::ExitOnZero) => {
                (text![EXIT_ON_ZERO, ": \"true\""], text!["proxyMetadata: {", EXIT_ON_ZERO, ": \"true\"}"])
            }
            Some(Keeper::DrainDuration) => {
                let setting = text![DRAIN_DURATION, ": ", seconds];
                (setting.clone(), setting)
            }
            None => {
                out.report(place, message).help("have the proxy injected as a native sidecar");
                return Ok(());
            }
        };
        let help = text!["set ", setting, " in the annotation ", ISTIO_PROXY_CONFIG];
        let finding = out.report(place, message).help(help.clone());
        let in_time = self.accept.first() == Some(&Keeper::ExitOnZero) || !needed.is_cut_off();
        // The annotation is a text: what stands in it already is for a person to change.
        if config.trim_ascii().is_empty() && in_time {
            finding.unsafe_fix(help, vec![Edit::set(place, json!(value))]);
        }
        Ok(())
    }

    /// The proxy that Linkerd injects.
    fn check_linkerd(
        &self,
        pod: &Pod<'_>,
        namespace: Option<&Found>,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        let waits = match linkerd_lifetime(pod, namespace, cx)? {
            ProxyLifetime::NativeSidecar => return Ok(()),
            ProxyLifetime::Hook(seconds) => seconds,
            _ => 0,
        };
        let needed = self.needed(pod)?;
        let place = pod.metadata().get("annotations").entry(LINKERD_WAIT);
        let seconds = waits.to_string();
        if waits >= needed.seconds {
            if i64::from(waits) > needed.grace {
                let grace = needed.grace.to_string();
                let message = [
                    "the injected linkerd-proxy waits ",
                    &seconds,
                    " s, longer than the grace period of ",
                    &grace,
                    " s",
                ];
                let longer = i64::from(waits).saturating_add(1).to_string();
                let help = text!["set terminationGracePeriodSeconds to ", longer, " or more"];
                out.report(place, message.concat()).help(help);
            }
            return Ok(());
        }
        let message = if waits == 0 {
            "nothing keeps the injected linkerd-proxy until the other containers are done".to_owned()
        } else {
            text!["the injected linkerd-proxy waits ", seconds, " s, less than ", needed.text()]
        };
        let value = needed.seconds.to_string();
        let help = text!["set the annotation ", LINKERD_WAIT, " to \"", value, "\""];
        let finding = out.report(place, message).help(help.clone());
        if !needed.is_cut_off() {
            finding.unsafe_fix(help, vec![Edit::set(place, json!(value))]);
        }
        Ok(())
    }
}

fn is_native_istio(pod: &Pod<'_>) -> Result<bool, Malformed> {
    Ok(pod.annotation("sidecar.istio.io/nativeSidecar")?.and_then(mesh::truth) == Some(true))
}

/// What the pod doesn't say Linkerd reads from its namespace.
fn linkerd_namespace(cx: &Context<'_>, known: Option<Found>) -> Result<Option<Found>, CheckError> {
    match known {
        None => Ok(namespace_hint(cx)?),
        known => Ok(known),
    }
}

fn linkerd_lifetime(pod: &Pod<'_>, namespace: Option<&Found>, cx: &Context<'_>) -> Result<ProxyLifetime, Malformed> {
    let above = namespace.map(|found| cx.node(&found).get("metadata").get("annotations"));
    let says = |key: &str| {
        let own = pod.annotation(key)?;
        Ok(own.or_else(|| above.and_then(|above| above.entry(key).str().ok().flatten())))
    };
    for key in NATIVE_SIDECARS {
        if says(key)?.and_then(mesh::truth) == Some(true) {
            return Ok(ProxyLifetime::NativeSidecar);
        }
    }
    let waits = says(LINKERD_WAIT)?.and_then(|text| text.parse::<u32>().ok());
    Ok(waits.map_or(ProxyLifetime::Nothing, ProxyLifetime::Hook))
}

fn exits_on_zero(config: &str) -> bool {
    mesh::setting_of(config, EXIT_ON_ZERO).and_then(mesh::truth) == Some(true)
}

/// `terminationDrainDuration` as it is written, and as a time.
fn drain_of(config: &str) -> Option<(&str, Duration)> {
    let text = mesh::setting_of(config, DRAIN_DURATION)?;
    Some((text, Duration::parse(text)?))
}

/// True when the container's own environment says it.
fn has_exit_on_zero(proxy: &Container<'_>) -> Result<bool, Malformed> {
    for variable in proxy.get("env").items()? {
        if variable.get("name").str()? == Some(EXIT_ON_ZERO) {
            return Ok(variable.get("value").str()?.and_then(mesh::truth) == Some(true));
        }
    }
    Ok(false)
}
