use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{self, Mesh, PROXY_CONTAINERS};
use crate::kube::port::Port;
use crate::kube::probe::{Handler, Probe};
use crate::lookup::mesh::injection;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods of an Istio mesh that disable probe rewriting through the annotation
/// `sidecar.istio.io/rewriteAppHTTPProbers: "false"` and have HTTP, TCP or gRPC probes. Probes of ports that
/// `traffic.sidecar.istio.io/excludeInboundPorts` excludes from the mesh don't count, nor do `exec` probes, which run
/// inside the container.
///
/// With `mode: execOnly`, every network probe of a pod in any mesh is reported, rewritten or not: for meshes that
/// rewrite no probes and reject clients without a certificate.
///
/// ## Why
/// Probes come from the kubelet, which is outside the mesh and has no certificate. A proxy that enforces mutual TLS
/// rejects them, and the pod never becomes ready or is restarted over and over. A TCP probe, by contrast, always
/// succeeds, because the proxy accepts the connection: a dead app looks alive. Istio therefore rewrites probes when it
/// injects its proxy: the kubelet then calls an agent next to the proxy, which calls the app.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     sidecar.istio.io/rewriteAppHTTPProbers: "true"
/// ```
/// or nothing: Istio rewrites probes by default.
///
/// ## Limits
/// Whether the mesh enforces mutual TLS is not checked. Injection may also be enabled on the namespace; among files
/// that is known only if the Namespace is given, and otherwise pods are checked by their own labels and annotations.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MeshBlockedProbe {
    /// What is reported: with `istioRewrite`, pods that disable Istio's probe rewriting; with `execOnly`, every network
    /// probe of a pod in a mesh.
    pub mode: Mode,
    /// The names of service mesh proxy containers, whose own probes don't count.
    pub proxy_containers: Vec<String>,
}

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Mode {
    /// Disabled probe rewriting.
    IstioRewrite,
    /// Every network probe.
    ExecOnly,
}

impl Default for MeshBlockedProbe {
    fn default() -> MeshBlockedProbe {
        MeshBlockedProbe {
            mode: Mode::IstioRewrite,
            proxy_containers: PROXY_CONTAINERS.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

const REWRITE: &str = "sidecar.istio.io/rewriteAppHTTPProbers";
const EXCLUDED_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";

impl Policy for MeshBlockedProbe {
    const METADATA: Metadata = Metadata {
        id: "mesh-blocked-probe",
        title: "Probes work through the service mesh proxy",
        why: "the kubelet has no mesh certificate, so the proxy rejects its probes or answers in place of the app",
        help: "let Istio rewrite the probes, or use exec probes",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        needs: &[&NAMESPACE],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ISTIO_PROBES, sources::PROBES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let switched_off = pod.annotation(REWRITE)?.and_then(mesh::truth) == Some(false);
        if self.mode == Mode::IstioRewrite && !switched_off {
            return Ok(());
        }
        let probes = self.blocked(pod)?;
        let Some(first) = probes.first() else { return Ok(()) };
        if !self.is_in_mesh(cx, pod)? {
            return Ok(());
        }
        if self.mode == Mode::ExecOnly {
            for Blocked { container, probe, title } in &probes {
                let message = text!["the ", title, " goes through the mesh proxy"];
                let finding = out.report(probe.node(), message).container(container);
                finding.help("use an exec probe, which runs inside the container");
            }
            return Ok(());
        }
        let hits = match probes.len() {
            1 => " hits the sidecar".to_owned(),
            count => text![" and ", (count - 1).to_string(), " more hit the sidecar"],
        };
        let message = text!["Istio probe rewriting is off: the kubelet's ", first.title, hits];
        let place = pod.metadata().get("annotations").entry(REWRITE);
        let help = text!["remove the annotation ", REWRITE];
        out.report(place, message).unsafe_fix(help, vec![Edit::remove(place)]);
        Ok(())
    }
}

/// A probe that goes through the proxy.
struct Blocked<'a> {
    container: Container<'a>,
    probe: Probe<'a>,
    /// `liveness probe of container "app"`.
    title: String,
}

impl MeshBlockedProbe {
    /// The network probes, except those of ports that are excluded from the mesh.
    fn blocked<'a>(&self, pod: &Pod<'a>) -> Result<Vec<Blocked<'a>>, Malformed> {
        let excluded = pod.annotation(EXCLUDED_PORTS)?.unwrap_or_default();
        let is_excluded = |port: Option<Port<'_>>| {
            let Some(Port::Number(number)) = port else { return false };
            excluded.split(',').any(|excluded| excluded.trim_ascii().parse() == Ok(number))
        };
        let mut blocked = Vec::new();
        for container in pod.long_running_containers() {
            if self.proxy_containers.iter().any(|proxy| proxy == container.name()) {
                continue;
            }
            for probe in Probe::all(container) {
                let probe = probe?;
                let port = match probe.handler()? {
                    Handler::Exec { .. } => continue,
                    Handler::HttpGet { port, .. } | Handler::TcpSocket { port, .. } | Handler::Grpc { port, .. } => {
                        port
                    }
                };
                if !is_excluded(port) {
                    let title = text![probe.purpose().title(), " of ", container.title()];
                    blocked.push(Blocked { container: *container, probe, title });
                }
            }
        }
        Ok(blocked)
    }

    fn is_in_mesh(&self, cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, CheckError> {
        if let Some(proxy) = mesh::proxy_of(pod, &self.proxy_containers) {
            // The annotation is Istio's; other proxies ignore it.
            return Ok(self.mode == Mode::ExecOnly || proxy.name() != "linkerd-proxy");
        }
        let mesh = injection(cx, pod)?.map(|(mesh, _)| mesh);
        Ok(mesh == Some(Mesh::Istio) || mesh.is_some() && self.mode == Mode::ExecOnly)
    }
}
