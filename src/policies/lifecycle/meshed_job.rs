use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{Mesh, proxy_mesh};
use crate::lookup::mesh::{LinkerdSettings, injection, is_native_istio, linkerd_namespace};
use crate::policies::prelude::*;
use crate::settings::{Glob, IstioVersion, LinkerdVersion};
use crate::text::shell::words_of;

/// ## What it does
/// Reports Jobs and CronJobs in a service mesh whose proxy keeps running after the other containers have ended: it is an
/// ordinary container, injected or among the pod's own, and nothing shows that the job ends it.
///
/// A native sidecar ends by itself and is not reported: an init container with `restartPolicy: Always`, and every proxy of
/// Linkerd 2.20 and later, or of Istio 1.27 and later on Kubernetes 1.33 and later, unless an annotation of the pod says
/// otherwise. Nor is a Job that ends its proxy: a container whose command, arguments or environment have one of the words in
/// `terminators`, such as `quitquitquit` or `linkerd-await`.
///
/// ## Why
/// A Job is complete when all containers of its pod have ended, and a proxy never does. The work is done, and the Job runs on:
/// what waits for it waits until its timeout, a CronJob with `concurrencyPolicy: Forbid` never starts again, and one without
/// collects pods.
///
/// ## What to write
/// ```yaml
/// template:
///   metadata:
///     annotations:
///       sidecar.istio.io/nativeSidecar: "true"
/// ```
/// in Istio, `config.linkerd.io/proxy-enable-native-sidecar: "true"` in Linkerd. A Job that needs no mesh opts out with
/// `sidecar.istio.io/inject: "false"` or `linkerd.io/inject: disabled`.
///
/// ## Limits
/// What a program in the image does can't be seen: if it ends the proxy itself, exempt the Job or add its name to
/// `terminators`. Declare a mesh that injects native sidecars everywhere in `nativeSidecars`, and an older one in
/// `istioVersion` or `linkerdVersion`.
/// Injection may also be enabled on the namespace; among files that is known only if the Namespace is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MeshedJob {
    /// Whether the mesh injects native sidecars into every pod.
    pub native_sidecars: bool,
    /// The version of Istio, as `"1.NN"`. From 1.27 it injects native sidecars, on Kubernetes 1.33 and later.
    pub istio_version: IstioVersion,
    /// The version of Linkerd, as `"2.NN"`. From 2.20 it injects native sidecars.
    pub linkerd_version: LinkerdVersion,
    /// What a command, an argument or the name of an environment variable looks like that ends the proxy; `*` and `?` are
    /// wildcards.
    pub terminators: Vec<Glob>,
}

const TERMINATORS: &[&str] = &[
    "*quitquitquit*",
    "*linkerd-await*",
    "*localhost:4191/shutdown*",
    "*127.0.0.1:4191/shutdown*",
    "*scuttle*",
    "*envoy-preflight*",
    "*pilot-agent*",
    "*pkill*",
    "*killall*",
    "ENVOY_ADMIN_API",
    "ISTIO_QUIT_API",
];

impl Default for MeshedJob {
    fn default() -> MeshedJob {
        MeshedJob {
            native_sidecars: false,
            istio_version: IstioVersion::CURRENT,
            linkerd_version: LinkerdVersion::CURRENT,
            terminators: TERMINATORS.iter().map(|&pattern| Glob::new(pattern)).collect(),
        }
    }
}

impl Policy for MeshedJob {
    const METADATA: Metadata = Metadata {
        id: "meshed-job",
        title: "Jobs in a service mesh end with their proxy",
        why: "the proxy runs on, and the Job never completes",
        help: "inject the proxy as a native sidecar, or leave the Job out of the mesh",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::JOB, &kinds::CRON_JOB],
        needs: &[&NAMESPACE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::ISTIO_NATIVE_SIDECARS, sources::LINKERD_SHUTDOWN, sources::SIDECAR_CONTAINERS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let own = pod.long_running_containers().find(|container| proxy_mesh(container).is_some());
        if let Some(proxy) = own {
            let alone = pod.app_containers().all(|container| proxy_mesh(container).is_some());
            if proxy.role() != Role::Sidecar && !alone && !self.is_ended(pod)? {
                let message = text!["the proxy ", proxy.title(), " runs on after the other containers have ended"];
                let help = "make the proxy a native sidecar: an init container with restartPolicy: Always";
                out.report(proxy.node(), message).container(proxy).help(help);
            }
            return Ok(());
        }
        let Some((mesh, namespace)) = injection(cx, pod)? else { return Ok(()) };
        let (native, name, native_annotation, opt_out) = match mesh {
            Mesh::Istio => (
                is_native_istio(cx, pod, self.istio_version)?,
                "istio-proxy",
                "sidecar.istio.io/nativeSidecar",
                "the label sidecar.istio.io/inject to \"false\"",
            ),
            Mesh::Linkerd => {
                let namespace = linkerd_namespace(cx, namespace)?;
                (
                    LinkerdSettings::of(cx, pod, namespace.as_ref()).is_native(self.linkerd_version)?,
                    "linkerd-proxy",
                    "config.linkerd.io/proxy-enable-native-sidecar",
                    "linkerd.io/inject to disabled",
                )
            }
        };
        if native || self.native_sidecars || self.is_ended(pod)? {
            return Ok(());
        }
        let message = text!["the injected ", name, " runs on after the other containers have ended"];
        let help = text!["set the annotation ", native_annotation, " to \"true\", or ", opt_out];
        out.report(pod.metadata().get("annotations"), message).help(help);
        Ok(())
    }
}

impl MeshedJob {
    /// True when a container shows that it ends the proxy.
    fn is_ended(&self, pod: &Pod<'_>) -> Result<bool, Malformed> {
        let ends = |word: &str| self.terminators.iter().any(|pattern| pattern.matches(word));
        for container in pod.long_running_containers().filter(|container| proxy_mesh(container).is_none()) {
            for list in ["command", "args"] {
                if words_of(container.get(list))?.into_iter().any(ends) {
                    return Ok(true);
                }
            }
            for variable in container.get("env").items()? {
                if variable.get("name").str()?.is_some_and(ends) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
