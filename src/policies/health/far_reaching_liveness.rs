use crate::kube::port::{Port, declared_ports};
use crate::kube::probe::{Handler, Probe, Purpose};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::probe_client::{Calls, is_loopback};

/// ## What it does
/// Reports liveness probes that do more than check their own container:
///
/// - they contact another host: a `host` in `httpGet` or `tcpSocket`, or a host that the command passes to `curl`,
///   `wget`, `nc`, `grpc_health_probe`, `pg_isready`, `psql`, `mysqladmin`, `mongosh`, `redis-cli` or `ping`;
/// - they retry on their own: `wget --tries` above 1, `curl --retry`, a script that loops over the same command;
/// - they run a program on the list `heavyCommands`, such as a JVM, a package manager or a database dump.
///
/// A network probe comes from the kubelet, so `host: 127.0.0.1` means the node and is accepted only in a pod with
/// `hostNetwork`. In a command it means the container. Readiness and startup probes are not checked.
///
/// ## Why
/// A failed liveness probe has only one consequence: a restart. That helps a process that hangs, and nothing else. If
/// the probe checks a database, an outage of the database restarts every replica of every service that checks it, over
/// and over, and when it is back they all start at once. Retries hide from the kubelet what `failureThreshold` is meant
/// to count, and run into the probe's timeout. A heavy command, run every few seconds in each pod, takes CPU from the
/// container, and is slowest, and so most likely to fail, under load.
///
/// ## What to write
/// ```yaml
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
///   failureThreshold: 6
/// ```
/// Whether a dependency is reachable belongs in the readiness probe, if anywhere.
///
/// ## Limits
/// What the program does behind `/live` can't be seen, nor the content of scripts in the image. A host in a variable
/// (`$DB_HOST`) is unknown. `wget` without `--tries` is accepted, although GNU wget tries up to twenty times.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct FarReachingLiveness {
    /// Hosts that liveness probes may contact, as patterns with `*` and `?`.
    pub allow_hosts: Vec<Glob>,
    /// Names of programs that are too expensive to run every few seconds, as patterns with `*` and `?`.
    pub heavy_commands: Vec<Glob>,
}

const HEAVY_COMMANDS: &[&str] = &[
    "java",
    "jcmd",
    "jmap",
    "jstack",
    "nodetool",
    "cqlsh",
    "kafka-*",
    "rabbitmq*",
    "kubectl",
    "npm",
    "npx",
    "mvn",
    "gradle",
    "du",
    "mysqldump",
    "pg_dump",
];

impl Default for FarReachingLiveness {
    fn default() -> FarReachingLiveness {
        FarReachingLiveness {
            allow_hosts: Vec::new(),
            heavy_commands: HEAVY_COMMANDS.iter().map(|&pattern| Glob::new(pattern)).collect(),
        }
    }
}

impl Policy for FarReachingLiveness {
    const METADATA: Metadata = Metadata {
        id: "far-reaching-liveness",
        title: "Liveness probes check only their own container, once and cheaply",
        why: "an outage elsewhere restarts every replica at once, over and over",
        help: "check only whether the container's own process is alive",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            if let Some(probe) = Probe::of(container, Purpose::Liveness)? {
                self.check_host(container, &probe, pod, out)?;
                self.check_command(container, &probe, out)?;
            }
        }
        Ok(())
    }
}

impl FarReachingLiveness {
    fn allows(&self, host: &str) -> bool {
        self.allow_hosts.iter().any(|pattern| pattern.matches(host))
    }

    fn check_host(
        &self,
        container: &Container<'_>,
        probe: &Probe<'_>,
        pod: &Pod<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let Some((node, host)) = probe.host()? else { return Ok(()) };
        let local = is_loopback(host);
        // With hostNetwork the node's loopback is the container's.
        if self.allows(host) || local && pod.spec().get("hostNetwork").bool()? == Some(true) {
            return Ok(());
        }
        let whom = if local { "the node itself: host " } else { "another host: " };
        let message = text![container.title(), ": the liveness probe contacts ", whom, host];
        let finding =
            out.report(node, message).container(container).help("remove host: it defaults to the pod's own IP");
        // Another host's port isn't necessarily one of the container's: then it would be restarted over and over.
        let listens = match probe.handler()? {
            Handler::HttpGet { port: Some(Port::Number(number)), .. }
            | Handler::TcpSocket { port: Some(Port::Number(number)), .. } => {
                declared_ports(container)?.iter().any(|port| port.number == number && port.protocol == "TCP")
            }
            _ => false,
        };
        if listens {
            finding.unsafe_fix("remove the host of the liveness probe", vec![Edit::remove(node)]);
        }
        Ok(())
    }

    fn check_command(
        &self,
        container: &Container<'_>,
        probe: &Probe<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let Handler::Exec { command } = probe.handler()? else { return Ok(()) };
        let node = probe.get("exec").get("command");
        let mut reported = Vec::new();
        let mut report = |says: &[&str], why: &'static str, help: &str| {
            let message = text![container.title(), ": the liveness probe ", says.concat()];
            // One script may contact the same host twice.
            if !reported.contains(&message) {
                out.report(node, message.clone()).container(container).why(why).help(help);
                reported.push(message);
            }
        };
        let read = Calls::of(&command);
        if read.retries {
            report(&["retries on its own (a loop in the script)"], RETRIES, ONCE);
        }
        for call in &read.calls {
            let program = call.program.as_str();
            for host in call.hosts.iter().filter(|host| !self.allows(host)) {
                report(
                    &["contacts another host: ", program, " connects to ", host],
                    Self::METADATA.why,
                    "connect to localhost, or check that host in the readinessProbe",
                );
            }
            if call.retries {
                report(&["retries on its own (an option of ", program, ")"], RETRIES, ONCE);
            }
            if self.heavy_commands.iter().any(|pattern| pattern.matches(program)) {
                report(
                    &["runs ", program, ", a heavy command"],
                    "a heavy command takes CPU from the container, and is slowest under load, when it must not fail",
                    "use httpGet, tcpSocket or grpc, or a cheaper command",
                );
            }
        }
        Ok(())
    }
}

/// Why retries hurt.
const RETRIES: &str = "retries hide failures from failureThreshold and run into the probe's timeout";

/// What to do about retries.
const ONCE: &str = "try once, and let failureThreshold count the failures";
