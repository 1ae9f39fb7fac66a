use crate::kube::mesh::{ISTIO_AGENT_PORT, is_injected, proxy_of};
use crate::kube::port::{Port, declared_ports};
use crate::kube::probe::{Handler, Probe, Purpose};
use crate::policies::prelude::*;

/// ## What it does
/// Reports probes of a port, by name or number, that their container does not declare, or declares only for UDP or
/// SCTP: HTTP, TCP and gRPC probes all use TCP. If the container declares no ports at all and the probe uses a number,
/// the finding has severity low.
///
/// ## Why
/// A port name is looked up among the ports of the container itself. If none has it, every probe fails, and the pod
/// never becomes ready or is restarted forever; the API server accepts the manifest all the same. A number needs no
/// declaration, but an undeclared one is often a typo, or left over from a changed port, and then the probe fails just
/// as surely.
///
/// ## What to write
/// ```yaml
/// ports:
///   - name: http
///     containerPort: 8080
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
/// ```
///
/// ## Limits
/// A port that another container of the pod declares doesn't count: probing it checks the other container. A port
/// number on another `host` is not checked. The proxies that Istio and Linkerd inject are left alone, and so are probes
/// that Istio has redirected to its agent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UndeclaredProbePort {}

impl Policy for UndeclaredProbePort {
    const METADATA: Metadata = Metadata {
        id: "undeclared-probe-port",
        title: "Probes use ports that their container declares",
        why: "a probe of a port that isn't there always fails: the pod is never ready or restarts forever",
        help: "probe a TCP port of the container, or declare the port in its ports",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PROBE_CONFIGURATION, sources::PROBES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers().filter(|container| !is_injected(container)) {
            for purpose in Purpose::ALL {
                if let Some(probe) = Probe::of(container, purpose)? {
                    report(container, &probe, pod, out)?;
                }
            }
        }
        Ok(())
    }
}

fn report(container: &Container<'_>, probe: &Probe<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let port = match probe.handler()? {
        Handler::HttpGet { port, .. } | Handler::TcpSocket { port, .. } | Handler::Grpc { port, .. } => port,
        Handler::Exec { .. } => None,
    };
    let (Some(port), Some(node)) = (port, probe.port_node()) else { return Ok(()) };
    let uses = text![container.title(), ": the ", probe.purpose().title(), " uses port "];
    let number = match port {
        Port::Unknown(name) => {
            let message = text![uses, "\"", name, "\", but the container has no port of that name"];
            out.report(node, message).container(container);
            return Ok(());
        }
        Port::Number(_) if probe.host()?.is_some() => return Ok(()),
        // The injector has rewritten the probe: the agent next to the proxy calls the app.
        Port::Number(ISTIO_AGENT_PORT) if proxy_of(pod, &["istio-proxy"]).is_some() => return Ok(()),
        Port::Number(number) => number,
    };
    let declared = declared_ports(container)?;
    let mut protocols = declared.iter().filter(|port| port.number == number).map(|port| port.protocol).peekable();
    let uses = text![uses, number.to_string()];
    match protocols.peek().copied() {
        Some(protocol) => {
            // One number may be declared for several protocols.
            if !protocols.any(|protocol| protocol == "TCP") {
                out.report(node, text![uses, ", which the container declares only for ", protocol])
                    .container(container);
            }
        }
        None => {
            let other = other_with(number, container, pod)?;
            let message = match &other {
                Some(other) => text![uses, ", which belongs to ", other.title()],
                None => text![uses, ", which the container does not declare"],
            };
            let finding = out.report(node, message).container(container);
            // Declaring ports is optional: a missing one is suspicious only if the container declares others.
            if declared.is_empty() && other.is_none() {
                finding.severity(Severity::Low);
            }
        }
    }
    Ok(())
}

/// Another container of the pod that declares this port.
fn other_with<'p, 'a>(
    number: i64,
    container: &Container<'_>,
    pod: &'p Pod<'a>,
) -> Result<Option<&'p Container<'a>>, Malformed> {
    for other in pod.long_running_containers().filter(|other| other.name() != container.name()) {
        if declared_ports(other)?.iter().any(|port| port.number == number && port.protocol == "TCP") {
            return Ok(Some(other));
        }
    }
    Ok(None)
}
