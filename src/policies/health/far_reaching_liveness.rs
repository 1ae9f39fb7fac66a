use crate::kube::probe::{Handler, Probe, Purpose};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::probe_client::{Calls, is_loopback};

/// ## What it does
/// Reports liveness probes that do more than ask their own container how it is:
///
/// - they ask another host: a `host` in `httpGet` or `tcpSocket`, or one that the command names to `curl`, `wget`, `nc`,
///   `grpc_health_probe`, `pg_isready`, `psql`, `mysqladmin`, `redis-cli` or `ping`;
/// - they try again by themselves: `wget --tries` above 1, `curl --retry`, a script with a loop;
/// - they start a program on the list `heavyCommands`, such as a virtual machine, a package manager or a dump of a
///   database.
///
/// A request comes from the node, so `host: 127.0.0.1` means the node as well, and is accepted only in a pod with
/// `hostNetwork`. In a command it means the container. Readiness and startup probes are not this policy's business.
///
/// ## Why
/// The only answer to a failed liveness probe is a restart. That helps a process that hangs, and nothing else. When the
/// probe asks a database, the database's outage restarts every replica of every service that asks it, over and over, and
/// when it comes back they all start at once. Retries hide from the kubelet what `failureThreshold` is there to count, and
/// run into the probe's timeout. A heavy command, run every few seconds in each pod, takes the cpu that the container
/// needs, and is slowest, and so kills, under load.
///
/// ## What to write
/// ```yaml
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
///   failureThreshold: 6
/// ```
/// Whether a dependency can be reached belongs, if anywhere, into the readiness probe.
///
/// ## Limits
/// What the program does behind `/live` cannot be seen, nor the inside of a script in the image. A host that the shell
/// fills in (`$DB_HOST`) is not known. `wget` without `--tries` is accepted, although GNU's tries up to twenty times.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct FarReachingLiveness {
    /// Hosts that may be asked, as patterns with `*` and `?`.
    pub allow_hosts: Vec<Glob>,
    /// Names of programs that cost too much to be run every few seconds, as patterns with `*` and `?`.
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
        title: "Liveness probes ask their own container, once and cheaply",
        why: "a fault that no restart can mend restarts every replica at once, again and again",
        help: "ask the container's own process alone whether it is alive",
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
        // On the node's network the node's loopback is the container's.
        if self.allows(host) || local && pod.spec().get("hostNetwork").bool()? == Some(true) {
            return Ok(());
        }
        let whom = if local { "its node: host " } else { "another host: " };
        let message = text![container.title(), ": its liveness probe asks ", whom, host];
        out.report(node, message)
            .container(container)
            .help("remove host: without it the probe asks the pod")
            .unsafe_fix("remove the host of the liveness probe", vec![Edit::remove(node)]);
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
        let mut said = Vec::new();
        let mut report = |says: &[&str], help: &str| {
            let message = text![container.title(), ": its liveness probe ", says.concat()];
            // One script may ask the same host twice.
            if !said.contains(&message) {
                out.report(node, message.clone()).container(container).help(help);
                said.push(message);
            }
        };
        let read = Calls::of(&command);
        if read.loops {
            report(&["tries again by itself: its script has a loop"], AGAIN);
        }
        for call in &read.calls {
            let program = call.program.as_str();
            for host in call.hosts.iter().filter(|host| !self.allows(host)) {
                report(
                    &["asks another host: ", program, " asks ", host],
                    "ask localhost, or check that host in the readinessProbe",
                );
            }
            if call.retries {
                report(&["tries again by itself: ", program, " has an option for it"], AGAIN);
            }
            if self.heavy_commands.iter().any(|pattern| pattern.matches(program)) {
                report(
                    &["starts ", program, ", a heavy command"],
                    "ask over httpGet, tcpSocket or grpc, or run a cheaper command",
                );
            }
        }
        Ok(())
    }
}

/// What to do about retries.
const AGAIN: &str = "ask once, and let failureThreshold count the failures";
