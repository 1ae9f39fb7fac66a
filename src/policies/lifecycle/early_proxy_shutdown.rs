use crate::kube::hook::{Handler, PreStop};
use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{self, ISTIO_DRAIN_SECONDS, ISTIO_PROXY_CONFIG, Mesh, PROXY_CONTAINERS};
use crate::lookup::mesh::{LinkerdSettings, injection, is_native_istio, linkerd_namespace};
use crate::policies::prelude::*;
use crate::settings::{IstioVersion, LinkerdVersion};
use crate::text::duration::{Duration, in_seconds};

/// ## What it does
/// Reports pods of a service mesh whose proxy may stop before the other containers are done. The proxy has to stay for
/// `minSeconds`, and for as long as the longest `preStop` hook of the other containers is known to wait:
///
/// - a proxy among the pod's own containers, found by its name, needs a `preStop` hook that waits that long. A proxy
///   that is the pod's only app container is a gateway, and left alone;
/// - a proxy injected by Istio needs `EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"`, or a long enough
///   `terminationDrainDuration` (default 5s), in the annotation `proxy.istio.io/config`;
/// - a proxy injected by Linkerd needs the annotation `config.alpha.linkerd.io/proxy-wait-before-exit-seconds`.
///
/// A drain longer than the grace period is reported, too. A native sidecar stops last anyway and is not reported: an
/// init container with `restartPolicy: Always`, and every proxy of Linkerd 2.20 and later, or of Istio 1.27 and later on
/// Kubernetes 1.33 and later, unless the annotation `config.linkerd.io/proxy-enable-native-sidecar` or
/// `sidecar.istio.io/nativeSidecar` says `false`. Nor is a hook whose duration is unknown.
///
/// ## Why
/// All containers of a pod get SIGTERM at the same moment. All traffic of a pod in a mesh goes through its proxy: once
/// the proxy is gone, nothing reaches the app, and the app reaches nothing. Requests in flight fail, along with the
/// app's last calls to the database. A `preStop` hook in the app makes it worse, because the app then stays on purpose
/// behind a proxy that has left.
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
/// Mesh-wide configuration can't be seen from a pod: declare it in `meshWide`, and an older mesh in `istioVersion` or
/// `linkerdVersion`. Injection may also be enabled on the namespace; among files that is known only if the Namespace is given, and
/// otherwise pods are checked by their own labels and annotations.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EarlyProxyShutdown {
    /// The minimum time that a proxy has to stay, in seconds, even if no other container waits that long.
    pub min_seconds: u16,
    /// What may keep a proxy that Istio injects: `exitOnZero` until it has no connections, `drainDuration` for a fixed
    /// time. The fix writes the first one. If empty, only native sidecars are accepted.
    pub accept: Vec<Keeper>,
    /// What the mesh configures for every injected proxy: `exitOnZero` or `nativeSidecar`.
    pub mesh_wide: Vec<MeshWide>,
    /// The version of Istio, as `"1.NN"`. From 1.27 it injects native sidecars, on Kubernetes 1.33 and later.
    pub istio_version: IstioVersion,
    /// The version of Linkerd, as `"2.NN"`. From 2.20 it injects native sidecars.
    pub linkerd_version: LinkerdVersion,
    /// The names of service mesh proxy containers.
    pub proxy_containers: Vec<String>,
}

/// What keeps Istio's proxy running.
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

/// What a mesh configures for every proxy.
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
            istio_version: IstioVersion::CURRENT,
            linkerd_version: LinkerdVersion::CURRENT,
            proxy_containers: PROXY_CONTAINERS.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

const EXIT_ON_ZERO: &str = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
const DRAIN_DURATION: &str = "terminationDrainDuration";
/// Istio's default for it.
const DEFAULT_DRAIN: Duration = Duration::from_seconds(ISTIO_DRAIN_SECONDS);
const LINKERD_WAIT: &str = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds";

/// How long the proxy has to stay, and for which container.
struct Needed {
    seconds: u32,
    /// The container whose hook waits that long; `None` when the settings require more.
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

    /// True when a drain of that length is long enough.
    fn is_met_by(&self, drain: Duration) -> bool {
        drain >= Duration::from_seconds(self.seconds)
    }

    /// True when the pod is killed before.
    fn is_cut_off(&self) -> bool {
        i64::from(self.seconds) >= self.grace
    }
}

impl Policy for EarlyProxyShutdown {
    const METADATA: Metadata = Metadata {
        id: "early-proxy-shutdown",
        title: "Service mesh proxies stop after the app",
        why: "the app loses its requests in flight once its proxy is gone",
        help: "keep the proxy running until the other containers are done",
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
            Mesh::Istio => self.check_istio(pod, cx, out)?,
            Mesh::Linkerd => self.check_linkerd(pod, linkerd_namespace(cx, namespace)?.as_ref(), cx, out)?,
        }
        Ok(())
    }
}

/// What keeps a mesh's proxy running once its pod is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyLifetime {
    /// Nothing known.
    Nothing,
    /// It stays until it has no connections.
    UntilOthersEnd,
    /// It drains for this many milliseconds.
    Drain(i64),
    /// A hook waits this many seconds before SIGTERM.
    Hook(u32),
    /// It is a native sidecar.
    NativeSidecar,
}

impl EarlyProxyShutdown {
    /// What keeps a proxy among the pod's own containers running, apart from its hook.
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

    /// The mesh that injects a proxy into the pod, if any, and what keeps that proxy running.
    pub(crate) fn injected(
        &self,
        cx: &Context<'_>,
        pod: &Pod<'_>,
    ) -> Result<Option<(Mesh, ProxyLifetime)>, CheckError> {
        let Some((mesh, namespace)) = injection(cx, pod)? else { return Ok(None) };
        let lifetime = match mesh {
            _ if self.mesh_wide.contains(&MeshWide::NativeSidecar) => ProxyLifetime::NativeSidecar,
            Mesh::Istio if is_native_istio(cx, pod, self.istio_version)? => ProxyLifetime::NativeSidecar,
            Mesh::Istio => {
                let config = pod.annotation(ISTIO_PROXY_CONFIG)?.unwrap_or_default();
                match drain_of(config) {
                    _ if self.istio_exits_on_zero(config) => ProxyLifetime::UntilOthersEnd,
                    Some((_, drain)) => ProxyLifetime::Drain(drain.millis()),
                    None => ProxyLifetime::Nothing,
                }
            }
            Mesh::Linkerd => self.linkerd_lifetime(pod, linkerd_namespace(cx, namespace)?.as_ref(), cx)?,
        };
        Ok(Some((mesh, lifetime)))
    }

    fn accepts(&self, keeper: Keeper) -> bool {
        self.accept.contains(&keeper)
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
            let waits = u32::try_from(hook.wait.min.div_ceil(1_000)).unwrap_or(u32::MAX);
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
        if self.accepts(Keeper::ExitOnZero) && (exits_on_zero(config) || has_exit_on_zero(proxy)?) {
            return Ok(());
        }
        let needed = self.needed(pod)?;
        // A pod may define part of Istio's container itself; the injector adds the rest.
        let default = (proxy.name() == "istio-proxy").then_some(DEFAULT_DRAIN);
        let drain = drain_of(config).map(|(_, drain)| drain).or(default);
        if self.accepts(Keeper::DrainDuration) && drain.is_some_and(|drain| needed.is_met_by(drain)) {
            return Ok(());
        }
        let hook = PreStop::of(proxy)?;
        let message = match &hook {
            None if needed.seconds > 0 => {
                text!["the proxy ", proxy.title(), " has no preStop hook that keeps it running for ", needed.text()]
            }
            Some(hook) if hook.keeps_serving().is_some_and(|millis| millis < u64::from(needed.seconds) * 1_000) => {
                let waits = in_seconds(hook.keeps_serving().unwrap_or_default());
                text!["the proxy ", proxy.title(), " waits ", waits, " s in preStop, less than ", needed.text()]
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
            help.push_str(", and terminationGracePeriodSeconds to more than that");
        }
        let place = hook.map_or_else(|| proxy.get("lifecycle").get("preStop"), |hook| hook.node);
        let finding = out.report(place, message).container(proxy).help(help.clone());
        if native && !needed.is_cut_off() {
            finding.unsafe_fix(help, vec![Edit::set(place.get("sleep").get("seconds"), needed.seconds)]);
        }
        Ok(())
    }

    /// The proxy that Istio injects.
    fn check_istio(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), Malformed> {
        if is_native_istio(cx, pod, self.istio_version)? {
            return Ok(());
        }
        let place = pod.metadata().get("annotations").entry(ISTIO_PROXY_CONFIG);
        let config = place.str()?.unwrap_or_default();
        if self.accepts(Keeper::ExitOnZero) && self.istio_exits_on_zero(config) {
            return Ok(());
        }
        let needed = self.needed(pod)?;
        let written = drain_of(config);
        let drain = written.map_or(DEFAULT_DRAIN, |(_, drain)| drain);
        if self.accepts(Keeper::DrainDuration) && needed.is_met_by(drain) {
            if drain.millis() > needed.grace.saturating_mul(1_000) {
                let text = written.map_or("", |(text, _)| text);
                let grace = needed.grace.to_string();
                let message = text![DRAIN_DURATION, " ", text, " is longer than the grace period of ", grace, " s"];
                let seconds = (drain.millis() / 1_000).saturating_add(1).to_string();
                let help = text!["set terminationGracePeriodSeconds to ", seconds, " or more"];
                out.report(place, message).help(help);
            }
            return Ok(());
        }
        let message = match written {
            _ if !self.accepts(Keeper::DrainDuration) => {
                "the injected istio-proxy may exit before the app has drained".to_owned()
            }
            Some((text, _)) => {
                let exits = text!["the injected istio-proxy exits after ", text, " (", DRAIN_DURATION, ")"];
                text![exits, ", less than ", needed.text()]
            }
            None => {
                let seconds = ISTIO_DRAIN_SECONDS.to_string();
                let exits = text!["the injected istio-proxy exits after ", seconds, " s by default"];
                text![exits, ", less than ", needed.text()]
            }
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
                out.report(place, message).help("inject the proxy as a native sidecar");
                return Ok(());
            }
        };
        let help = text!["set ", setting, " in the annotation ", ISTIO_PROXY_CONFIG];
        let finding = out.report(place, message).help(help.clone());
        let in_time = self.accept.first() == Some(&Keeper::ExitOnZero) || !needed.is_cut_off();
        // The annotation holds YAML as text: only a person can change one that has content.
        if config.trim_ascii().is_empty() && in_time {
            finding.unsafe_fix(help, vec![Edit::set(place, value)]);
        }
        Ok(())
    }

    fn linkerd_lifetime(
        &self,
        pod: &Pod<'_>,
        namespace: Option<&Found>,
        cx: &Context<'_>,
    ) -> Result<ProxyLifetime, Malformed> {
        let settings = LinkerdSettings::of(cx, pod, namespace);
        if settings.is_native(self.linkerd_version)? {
            return Ok(ProxyLifetime::NativeSidecar);
        }
        let waits = settings.get(LINKERD_WAIT)?.and_then(|text| text.parse::<u32>().ok());
        Ok(waits.map_or(ProxyLifetime::Nothing, ProxyLifetime::Hook))
    }

    /// The proxy that Linkerd injects.
    fn check_linkerd(
        &self,
        pod: &Pod<'_>,
        namespace: Option<&Found>,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        let waits = match self.linkerd_lifetime(pod, namespace, cx)? {
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
                let start = text!["the injected linkerd-proxy waits ", seconds, " s"];
                let message = text![start, ", longer than the grace period of ", grace, " s"];
                let longer = i64::from(waits).saturating_add(1).to_string();
                let help = text!["set terminationGracePeriodSeconds to ", longer, " or more"];
                out.report(place, message).help(help);
            }
            return Ok(());
        }
        let message = if waits == 0 {
            "the injected linkerd-proxy may exit before the app has drained".to_owned()
        } else {
            text!["the injected linkerd-proxy waits ", seconds, " s, less than ", needed.text()]
        };
        let value = needed.seconds.to_string();
        let help = text!["set the annotation ", LINKERD_WAIT, " to \"", value, "\""];
        let finding = out.report(place, message).help(help.clone());
        if !needed.is_cut_off() {
            finding.unsafe_fix(help, vec![Edit::set(place, value)]);
        }
        Ok(())
    }
}

fn exits_on_zero(config: &str) -> bool {
    mesh::setting_of(config, EXIT_ON_ZERO).and_then(mesh::truth) == Some(true)
}

/// `terminationDrainDuration` as written, and as a duration.
fn drain_of(config: &str) -> Option<(&str, Duration)> {
    let text = mesh::setting_of(config, DRAIN_DURATION)?;
    Some((text, Duration::parse(text)?))
}

/// True when the container's own environment sets it.
fn has_exit_on_zero(proxy: &Container<'_>) -> Result<bool, Malformed> {
    for variable in proxy.get("env").items()? {
        if variable.get("name").str()? == Some(EXIT_ON_ZERO) {
            return Ok(variable.get("value").str()?.and_then(mesh::truth) == Some(true));
        }
    }
    Ok(false)
}
