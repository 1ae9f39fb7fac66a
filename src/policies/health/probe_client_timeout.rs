use crate::kube::probe::{Handler, Probe, Purpose};
use crate::policies::prelude::*;
use crate::text::duration::in_seconds;
use crate::text::probe_client::Calls;

/// ## What it does
/// Reports exec probes whose command waits, through an option of its own, as long as the probe's `timeoutSeconds`
/// (default 1) or longer. Options that are read: `wget -T` and `--timeout`, `curl -m` and `--max-time`,
/// `grpc_health_probe -rpc-timeout` (plus `-connect-timeout`), `nc -w`, `pg_isready -t`, and `timeout N` in front of
/// any command, in exec form and in simple shell scripts.
///
/// ## Why
/// Two clocks run, and the shorter one is the probe's. An author who writes `wget --timeout=4` accepts an answer after
/// three seconds. The kubelet kills the command after `timeoutSeconds`, which defaults to 1, and counts a failure:
/// under load, a container that answers slowly is removed from its Service or restarted despite the 4. And the client's
/// own error message is lost.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   exec:
///     command: [wget, --quiet, --tries=1, --timeout=4, --spider, "http://localhost:8080/ready"]
///   timeoutSeconds: 5
/// ```
///
/// ## Limits
/// A client without a timeout is not reported: it leaves the matter to the probe. Scripts with loops, conditions or
/// substitutions are not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ProbeClientTimeout {}

impl Policy for ProbeClientTimeout {
    const METADATA: Metadata = Metadata {
        id: "probe-client-timeout",
        title: "Exec probes wait longer than the client they run",
        why: "the kubelet fails the probe while its client is still waiting for the answer",
        help: "raise the probe's timeoutSeconds above the client's own timeout",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::ZERO_DOWNTIME, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            for purpose in Purpose::ALL {
                if let Some(probe) = Probe::of(container, purpose)? {
                    report(container, &probe, out)?;
                }
            }
        }
        Ok(())
    }
}

fn report(container: &Container<'_>, probe: &Probe<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Handler::Exec { command } = probe.handler()? else { return Ok(()) };
    let calls = Calls::of(&command).calls;
    let longest = calls.iter().filter_map(|call| Some((call, call.limit_millis?))).max_by_key(|(_, millis)| *millis);
    let Some((call, millis)) = longest else { return Ok(()) };
    let timeout = probe.timing()?.timeout_seconds;
    let node = probe.get("timeoutSeconds");
    if u64::try_from(timeout).unwrap_or_default().saturating_mul(1_000) > millis {
        return Ok(());
    }
    let (limit, timeout_text) = (in_seconds(millis), probe.number_text("timeoutSeconds", timeout)?);
    let message = text![container.title(), ": ", call.program, " waits ", limit, " s, but ", timeout_text];

    let enough = millis / 1_000 + 1;
    let help = text!["set ", probe.purpose().field(), ".timeoutSeconds to ", enough.to_string()];
    let edit = Edit::set(node, json!(enough));
    out.report(node, message).container(container).help(text![help, " or more"]).safe_fix(help, vec![edit]);
    Ok(())
}
