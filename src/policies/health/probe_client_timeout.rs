use crate::kube::probe::{Handler, Probe};
use crate::policies::prelude::*;
use crate::text::duration::in_seconds;
use crate::text::probe_client::Calls;

/// ## What it does
/// Reports exec probes whose command waits, through options of its own, as long as the probe's `timeoutSeconds`
/// (default 1) or longer. Options that are read: `wget -T` and `--timeout`, `curl -m`, `--max-time` and
/// `--connect-timeout`, `grpc_health_probe -rpc-timeout` (plus `-connect-timeout`), `mysql --connect-timeout`, `nc -w`,
/// `pg_isready -t`, and `timeout N` in front of any command, in exec form and in shell scripts. Clients that run one
/// after the other add up, and so does `sleep`.
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
/// A client without a timeout is not reported: it leaves the matter to the probe. Where `timeoutSeconds` would have to
/// exceed `periodSeconds` there is no fix: shorten the client's timeout.
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
            for probe in Probe::all(container) {
                report(container, &probe?, out)?;
            }
        }
        Ok(())
    }
}

fn report(container: &Container<'_>, probe: &Probe<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Handler::Exec { command } = probe.handler()? else { return Ok(()) };
    let calls = Calls::of(&command);
    let millis = calls.limit_millis;
    let timing = probe.timing()?;
    let timeout = timing.timeout_seconds;
    if millis == 0 || u64::try_from(timeout).unwrap_or_default().saturating_mul(1_000) > millis {
        return Ok(());
    }
    let mut limited = calls.calls.iter().filter(|call| call.limit_millis.is_some() || call.program == "sleep");
    let waits = match (limited.next(), limited.next()) {
        (Some(call), None) if call.limit_millis == Some(millis) => text![call.program, " waits "],
        _ => "the command may wait ".to_owned(),
    };
    let (limit, timeout_text) = (in_seconds(millis), probe.number_text("timeoutSeconds", timeout)?);
    let message = text![container.title(), ": ", waits, limit, " s, but ", timeout_text];

    let node = probe.get("timeoutSeconds");
    let enough = i64::try_from(millis / 1_000 + 1).unwrap_or(i64::MAX);
    let help = text!["set ", probe.purpose().field(), ".timeoutSeconds to ", enough.to_string()];
    let finding = out.report(node, message).container(container);
    if enough > timing.period_seconds {
        // The next attempt would be late.
        finding.help(text!["shorten the client's timeout: a longer timeoutSeconds would exceed periodSeconds"]);
        return Ok(());
    }
    finding.help(text![help, " or more"]).safe_fix(help, vec![Edit::set(node, enough)]);
    Ok(())
}
