use crate::kube::mesh::{ISTIO_AGENT_PORT, is_managed, proxy_of};
use crate::kube::port::{ContainerPort, Port, declared_ports};
use crate::kube::probe::{Handler, Probe, Purpose};
use crate::policies::prelude::*;
use crate::text::shell::{mentions_number, words_of};

/// ## What it does
/// Reports probes of a port, by name or number, that their container does not declare, or declares only for UDP or
/// SCTP: HTTP, TCP and gRPC probes all use TCP. An undeclared number is of severity low, and fine if the container's
/// command, arguments or environment mention it (`--health-probe-addr=:8081`). Probes that use the same port are
/// reported once. A number written as a string (`port: "8080"`) is reported, too.
///
/// ## Why
/// A port name is looked up among the ports of the container itself. If none has it, every probe fails, and the pod
/// never becomes ready or is restarted forever; the API server accepts the manifest all the same. A number needs no
/// declaration, but an undeclared one is often a typo, or left over from a changed port, and then the probe fails just
/// as surely. A string has to be a port's name, which contains a letter: the API server rejects `"8080"`.
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
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::PROBE_CONFIGURATION, sources::PROBES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            if is_managed(container, pod)? {
                continue;
            }
            let mut problems: Vec<Problem<'_>> = Vec::new();
            for probe in Probe::all(container) {
                let probe = probe?;
                let Some(problem) = problem_of(container, &probe, pod)? else { continue };
                let same = |known: &&mut Problem<'_>| known.port == problem.port && !cx.reports_separately();
                match problems.iter_mut().find(same) {
                    Some(known) => known.probes.push((probe.purpose(), problem.node)),
                    None => problems.push(Problem { probes: vec![(probe.purpose(), problem.node)], ..problem }),
                }
            }
            for problem in problems {
                problem.report(container, out);
            }
        }
        Ok(())
    }
}

/// A port that a probe shouldn't use.
struct Problem<'a> {
    node: Node<'a>,
    /// The port and what is wrong with it, as messages end: ` 8081, which the container does not declare`.
    port: String,
    severity: Severity,
    why: &'static str,
    /// The number to write instead.
    number: Option<i64>,
    /// The probes that use the port, with its place in each.
    probes: Vec<(Purpose, Node<'a>)>,
}

impl Problem<'_> {
    fn report(&self, container: &Container<'_>, out: &mut Findings) {
        let mut titles = String::new();
        for (index, (purpose, _)) in self.probes.iter().enumerate() {
            titles.push_str(match index {
                0 => "",
                _ if index + 1 == self.probes.len() => " and ",
                _ => ", ",
            });
            titles.push_str(purpose.title().trim_end_matches(" probe"));
        }
        let use_port = if self.probes.len() == 1 { " probe uses port " } else { " probes use port " };
        let message = text![container.title(), ": the ", titles, use_port, self.port];
        let finding = out.report(self.node, message).container(container).severity(self.severity).why(self.why);
        if let Some(number) = self.number {
            let edits = self.probes.iter().map(|(_, node)| Edit::set(*node, number)).collect();
            finding.safe_fix(text!["write the port as a number: ", number.to_string()], edits);
        }
    }
}

/// What is wrong with the port that a probe uses.
fn problem_of<'a>(
    container: &Container<'a>,
    probe: &Probe<'a>,
    pod: &Pod<'_>,
) -> Result<Option<Problem<'a>>, CheckError> {
    let port = match probe.handler()? {
        Handler::HttpGet { port, .. } | Handler::TcpSocket { port, .. } | Handler::Grpc { port, .. } => port,
        Handler::Exec { .. } => None,
    };
    let (Some(port), Some(node)) = (port, probe.port_node()) else { return Ok(None) };
    let problem =
        |port: String, severity, why| Ok(Some(Problem { node, port, severity, why, number: None, probes: Vec::new() }));
    let (medium, why) = (UndeclaredProbePort::METADATA.severity, UndeclaredProbePort::METADATA.why);
    let number = match port {
        Port::Unknown(name) => {
            return problem(text!["\"", name, "\", but the container has no port of that name"], medium, why);
        }
        Port::Number(number) => number,
    };
    if node.value().is_some_and(Value::is_string) && !declared_ports(container)?.iter().any(|port| named(port, node)) {
        let found = problem(
            text!["\"", number.to_string(), "\", a string: only names with a letter may be strings"],
            medium,
            "the API server rejects the object",
        )?;
        return Ok(found.map(|found| Problem { number: Some(number), ..found }));
    }
    // The injector has rewritten the probe: the agent next to the proxy calls the app.
    let is_agent = number == ISTIO_AGENT_PORT && proxy_of(pod, &["istio-proxy"]).is_some();
    if is_agent || probe.host()?.is_some() {
        return Ok(None);
    }
    let declared = declared_ports(container)?;
    let text = number.to_string();
    let mut protocols = declared.iter().filter(|port| port.number == number).map(|port| port.protocol).peekable();
    if let Some(protocol) = protocols.peek().copied() {
        // One number may be declared for several protocols.
        if protocols.any(|protocol| protocol == "TCP") {
            return Ok(None);
        }
        return problem(text![text, ", which the container declares only for ", protocol], medium, why);
    }
    if let Some(other) = other_with(number, container, pod)? {
        let why = "the probe checks the other container instead of its own";
        return problem(text![text, ", which belongs to ", other.title()], medium, why);
    }
    if is_mentioned(container, &text)? {
        return Ok(None);
    }
    // Declaring ports is optional, so it may well be there.
    let why = "an undeclared port is often a typo or left over, and then the probe always fails";
    problem(text![text, ", which the container does not declare"], Severity::Low, why)
}

fn named(port: &ContainerPort<'_>, node: Node<'_>) -> bool {
    port.name.is_some() && port.name == node.value().and_then(Value::as_str)
}

/// True when the container's command, arguments or environment mention the port: `--health-probe-addr=:8081`.
fn is_mentioned(container: &Container<'_>, port: &str) -> Result<bool, Malformed> {
    let mentions = |text: &str| mentions_number(text, port);
    for list in ["command", "args"] {
        if words_of(container.get(list))?.into_iter().any(mentions) {
            return Ok(true);
        }
    }
    for variable in container.get("env").items()? {
        if variable.get("value").str()?.is_some_and(mentions) {
            return Ok(true);
        }
    }
    Ok(false)
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
