use std::num::NonZeroU16;

use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;

/// ## What it does
/// Reports liveness probes that restart their container after a short pause: within `minSeconds` of the first failure.
///
/// - With `failureThreshold: 1` a single attempt decides, after its `timeoutSeconds`;
/// - else `failureThreshold` × `periodSeconds` is less than `minSeconds`, and so is the time until the last attempt times out.
///
/// Readiness and startup probes are not checked: out of rotation for a moment is what they are for.
///
/// ## Why
/// A garbage collection, a slow disk or a full CPU quota for a few seconds is enough for a restart. Under load that hits one
/// replica after the other, each time with fewer that remain, until a service that was slow is down.
///
/// ## What to write
/// ```yaml
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 10
///   timeoutSeconds: 3
///   failureThreshold: 3
/// ```
///
/// ## Limits
/// A process that has ended is restarted at once, whatever the probe says. The fix raises `failureThreshold`: a container that
/// hangs is then restarted that much later.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HastyLiveness {
    /// How long a container may hang at least before it is restarted, in seconds.
    pub min_seconds: NonZeroU16,
}

impl Default for HastyLiveness {
    fn default() -> HastyLiveness {
        HastyLiveness { min_seconds: const { NonZeroU16::MIN.saturating_add(9) } }
    }
}

/// The API's default of `failureThreshold`.
const DEFAULT_FAILURES: i64 = 3;

impl Policy for HastyLiveness {
    const METADATA: Metadata = Metadata {
        id: "hasty-liveness",
        title: "Liveness probes tolerate a short pause",
        why: "one slow answer, such as during a garbage collection, restarts the container",
        help: "raise failureThreshold of the liveness probe",
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
                self.report(container, &probe, out)?;
            }
        }
        Ok(())
    }
}

impl HastyLiveness {
    fn report(&self, container: &Container<'_>, probe: &Probe<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let timing = probe.timing()?;
        let least = i64::from(self.min_seconds.get());
        let (failures, period) = (timing.failure_threshold, timing.period_seconds);
        // From the moment in which the container hangs, at the earliest.
        let until_restart = failures.saturating_sub(1).saturating_mul(period).saturating_add(timing.timeout_seconds);
        let once = failures == 1;
        if until_restart >= least || !once && timing.patience_seconds() >= least {
            return Ok(());
        }
        let title = text![container.title(), ": "];
        let message = if once {
            text![title, "a single failed liveness probe restarts it: livenessProbe.failureThreshold is 1"]
        } else {
            let (failures, period) = (failures.to_string(), period.to_string());
            let pause = text![failures, " failures ", period, " s apart"];
            text![title, "the liveness probe restarts it after ", pause, ", in less than ", least.to_string(), " s"]
        };
        let enough = least.saturating_add(period.saturating_sub(1)).checked_div(period.max(1)).unwrap_or(least);
        let wanted = enough.max(DEFAULT_FAILURES);
        let place = probe.get("failureThreshold");
        let fix = text!["set livenessProbe.failureThreshold to ", wanted.to_string()];
        out.report(place, message).container(container).unsafe_fix(fix, vec![Edit::set(place, wanted)]);
        Ok(())
    }
}
