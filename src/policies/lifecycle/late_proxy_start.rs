use crate::kube::hook::PostStart;
use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{ISTIO_PROXY_CONFIG, Mesh, proxy_mesh, setting_of, truth};
use crate::lookup::mesh::{LinkerdSettings, injection, is_native_istio, linkerd_namespace};
use crate::policies::prelude::*;
use crate::settings::{IstioVersion, LinkerdVersion};

/// ## What it does
/// Reports pods of a service mesh whose containers may start before the proxy is ready:
///
/// - a proxy injected by Istio that is no native sidecar needs `holdApplicationUntilProxyStarts: true` in the annotation
///   `proxy.istio.io/config`;
/// - a proxy injected by Linkerd that is no native sidecar is awaited unless `config.linkerd.io/proxy-await` is `disabled`;
/// - an `istio-proxy` or `linkerd-proxy` among the pod's own containers has to be the first of them, with a `postStart` hook
///   that waits until it is ready.
///
/// A native sidecar starts first anyway and is not reported: an init container with `restartPolicy: Always`, and every proxy of
/// Linkerd 2.20 and later, or of Istio 1.27 and later on Kubernetes 1.33 and later, unless an annotation of the pod says otherwise.
/// Jobs are left to `meshed-job`.
///
/// ## Why
/// From the pod's first moment all of its connections go through the proxy. While that starts they are refused: migrations
/// and health checks of dependencies at the start fail, and the container crashes and waits for its back-off, but only on
/// nodes or days on which the proxy takes longer than the app.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     proxy.istio.io/config: |
///       holdApplicationUntilProxyStarts: true
/// ```
///
/// ## Limits
/// Mesh-wide configuration can't be seen from a pod: declare it in `meshWide`, and an older mesh in `istioVersion` or
/// `linkerdVersion`. Injection may also be enabled on the namespace; among files that is known only if the Namespace is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LateProxyStart {
    /// What the mesh configures for every injected proxy: `holdApplication` or `nativeSidecar`.
    pub mesh_wide: Vec<StartsFirst>,
    /// The version of Istio, as `"1.NN"`. From 1.27 it injects native sidecars, on Kubernetes 1.33 and later.
    pub istio_version: IstioVersion,
    /// The version of Linkerd, as `"2.NN"`. From 2.20 it injects native sidecars.
    pub linkerd_version: LinkerdVersion,
}

/// What has a proxy start before the other containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum StartsFirst {
    /// Istio holds the other containers until its proxy is ready.
    HoldApplication,
    /// Proxies are native sidecars.
    NativeSidecar,
}

impl Default for LateProxyStart {
    fn default() -> LateProxyStart {
        LateProxyStart {
            mesh_wide: Vec::new(),
            istio_version: IstioVersion::CURRENT,
            linkerd_version: LinkerdVersion::CURRENT,
        }
    }
}

const HOLD: &str = "holdApplicationUntilProxyStarts";
const AWAIT: &str = "config.linkerd.io/proxy-await";

impl Policy for LateProxyStart {
    const METADATA: Metadata = Metadata {
        id: "late-proxy-start",
        title: "Service mesh proxies start before the app",
        why: "the app's first connections are refused while its proxy starts",
        help: "start the proxy before the other containers",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        needs: &[&NAMESPACE],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ISTIO_PROXY_CONFIG, sources::LINKERD_PROXY_CONFIGURATION, sources::SIDECAR_CONTAINERS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let is_proxy = |container: &&Container<'_>| proxy_mesh(container).is_some();
        // A pod with no other container is a gateway, whose proxy is the app.
        if pod.app_containers().all(|container| is_proxy(&container)) {
            return Ok(());
        }
        if let Some(proxy) = pod.long_running_containers().find(is_proxy) {
            return self.check_own(proxy, pod, out).map_err(CheckError::from);
        }
        let Some((mesh, namespace)) = injection(cx, pod)? else { return Ok(()) };
        if self.mesh_wide.contains(&StartsFirst::NativeSidecar) {
            return Ok(());
        }
        let annotations = pod.metadata().get("annotations");
        match mesh {
            Mesh::Istio => {
                let place = annotations.entry(ISTIO_PROXY_CONFIG);
                let config = place.str()?.unwrap_or_default();
                if is_native_istio(cx, pod, self.istio_version)? || self.holds(config) {
                    return Ok(());
                }
                let help = text!["set ", HOLD, ": true in the annotation ", ISTIO_PROXY_CONFIG];
                let message = "the containers don't wait for the injected istio-proxy to start";
                let finding = out.report(place, message).help(help.clone());
                // The annotation holds YAML as text: only a person can change one that has content.
                if config.trim_ascii().is_empty() {
                    finding.unsafe_fix(help, vec![Edit::set(place, text![HOLD, ": true"])]);
                }
            }
            Mesh::Linkerd => {
                let namespace = linkerd_namespace(cx, namespace)?;
                let settings = LinkerdSettings::of(cx, pod, namespace.as_ref());
                if settings.is_native(self.linkerd_version)? || settings.get(AWAIT)? != Some("disabled") {
                    return Ok(());
                }
                let place = annotations.entry(AWAIT);
                let message =
                    text!["the containers don't wait for the injected linkerd-proxy: ", AWAIT, " is disabled"];
                let title = text!["set the annotation ", AWAIT, " to enabled"];
                out.report(place, message).unsafe_fix(title, vec![Edit::set(place, "enabled")]);
            }
        }
        Ok(())
    }
}

impl LateProxyStart {
    fn holds(&self, config: &str) -> bool {
        match setting_of(config, HOLD) {
            Some(own) => truth(own) == Some(true),
            None => self.mesh_wide.contains(&StartsFirst::HoldApplication),
        }
    }

    /// A proxy among the pod's own containers.
    fn check_own(&self, proxy: &Container<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let is_first = pod.app_containers().next().is_some_and(|first| first.name() == proxy.name());
        let waits = PostStart::of(proxy)?.is_some();
        // A pod may define part of Istio's container itself; the injector adds the rest.
        let held = self.holds(pod.annotation(ISTIO_PROXY_CONFIG)?.unwrap_or_default());
        if proxy.role() == Role::Sidecar || is_first && waits || held && proxy_mesh(proxy) == Some(Mesh::Istio) {
            return Ok(());
        }
        let (place, message) = if is_first {
            (proxy.get("lifecycle").get("postStart"), " has no postStart hook that the other containers wait for")
        } else {
            (proxy.node(), " starts after another container")
        };
        out.report(place, text!["the proxy ", proxy.title(), message])
            .container(proxy)
            .help("make the proxy a native sidecar: an init container with restartPolicy: Always");
        Ok(())
    }
}
