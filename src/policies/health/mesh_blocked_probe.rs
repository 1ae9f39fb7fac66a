use crate::kube::kinds::NAMESPACE;
use crate::kube::mesh::{self, Mesh, PROXY_CONTAINERS};
use crate::kube::port::Port;
use crate::kube::probe::{Handler, Probe, Purpose};
use crate::lookup::mesh::injection;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods of an Istio mesh that switch the rewriting of their probes off, by the annotation
/// `sidecar.istio.io/rewriteAppHTTPProbers: "false"`, while they have probes over HTTP, TCP or gRPC. Probes to ports that
/// `traffic.sidecar.istio.io/excludeInboundPorts` leaves out of the mesh are not counted, nor are `exec` probes, which
/// run inside the container.
///
/// With `mode: execOnly` every probe over the network of a pod in any mesh is reported, rewritten or not: for meshes
/// that rewrite none and let nobody in without a certificate.
///
/// ## Why
/// It is the kubelet that asks probes, from outside the mesh and without a certificate. A proxy that insists on mutual
/// TLS refuses it, so that the pod never becomes ready, or is restarted again and again; a TCP probe on the other hand
/// always succeeds, because it is the proxy that accepts the connection, and a dead app looks alive. Istio therefore
/// rewrites probes when it injects its proxy: the kubelet then asks an agent beside the proxy, which asks the app.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     sidecar.istio.io/rewriteAppHTTPProbers: "true"
/// ```
/// or nothing, since rewriting is what Istio does by default.
///
/// ## Limits
/// Whether the mesh really insists on mutual TLS is not looked at. The pod's namespace may ask for injection as well;
/// among files that is only known when the Namespace is given with them, and pods whose Namespace is not given are
/// checked by what they say themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MeshBlockedProbe {
    /// What is reported: `istioRewrite` pods that switch Istio's rewriting of probes off, `execOnly` every probe over the
    /// network.
    pub mode: Mode,
    /// Containers with these names are a mesh's proxies, whose own probes don't count.
    pub proxy_containers: Vec<String>,
}

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Mode {
    /// Rewriting that is switched off.
    IstioRewrite,
    /// Every probe over the network.
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
        title: "Probes get past a mesh's proxy",
        why: "the kubelet has no certificate of the mesh, so that the proxy answers for the app or refuses to",
        help: "let Istio rewrite the probes, or run a command in the container",
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
                let message = text!["the ", title, " goes through the mesh's proxy"];
                let finding = out.report(probe.node(), message).container(container);
                finding.help("let the probe run a command in the container (exec)");
            }
            return Ok(());
        }
        let more = match probes.len() {
            1 => String::new(),
            count => text![" and ", &(count - 1).to_string(), " more"],
        };
        let message = text!["probes are not rewritten: the proxy stands before the ", first.title, more];
        let place = pod.metadata().get("annotations").entry(REWRITE);
        let help = text!["remove the annotation ", REWRITE];
        out.report(place, message).unsafe_fix(help, vec![Edit::remove(place)]);
        Ok(())
    }
}

/// A probe that the proxy stands before.
struct Blocked<'a> {
    container: Container<'a>,
    probe: Probe<'a>,
    /// `liveness probe of container "app"`.
    title: String,
}

impl MeshBlockedProbe {
    /// The probes that ask over the network, but for those to ports that the mesh leaves alone.
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
            for purpose in Purpose::ALL {
                let Some(probe) = Probe::of(container, purpose)? else { continue };
                let port = match probe.handler()? {
                    Handler::Exec { .. } => continue,
                    Handler::HttpGet { port, .. } | Handler::TcpSocket { port, .. } | Handler::Grpc { port, .. } => {
                        port
                    }
                };
                if !is_excluded(port) {
                    let title = text![purpose.title(), " of ", container.title()];
                    blocked.push(Blocked { container: *container, probe, title });
                }
            }
        }
        Ok(blocked)
    }

    fn is_in_mesh(&self, cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, CheckError> {
        if let Some(proxy) = mesh::proxy_of(pod, &self.proxy_containers) {
            // The annotation is Istio's; to other proxies it means nothing.
            return Ok(self.mode == Mode::ExecOnly || proxy.name() != "linkerd-proxy");
        }
        let mesh = injection(cx, pod)?.map(|(mesh, _)| mesh);
        Ok(mesh == Some(Mesh::Istio) || mesh.is_some() && self.mode == Mode::ExecOnly)
    }
}
