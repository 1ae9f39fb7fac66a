//! Which containers need a probe: the same rules for each of the three; and the startup probe that fixes write.

use crate::kube::mesh::is_injected;
use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;
use crate::policy::fix::Fix;

/// Which containers of a long-running pod need a probe. A mesh's own never do.
pub(super) struct ProbeRules {
    /// Which probe.
    pub(super) purpose: Purpose,
    /// Each of them, or one for the pod.
    pub(super) per_container: bool,
    /// Native sidecars as well as app containers.
    pub(super) sidecars: bool,
    /// None but those that declare ports.
    pub(super) only_serving: bool,
}

impl ProbeRules {
    /// Reports the containers that lack the probe, or the pod.
    pub(super) fn report(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        self.report_and_fix(cx, out, |_| Ok(None))
    }

    /// The same, with a fix for each container for which `fix` has one.
    pub(super) fn report_and_fix(
        &self,
        cx: &Context<'_>,
        out: &mut Findings,
        fix: impl Fn(&Container<'_>) -> Result<Option<Fix>, Malformed>,
    ) -> Result<(), CheckError> {
        let Some(pod) = cx.long_running_pod()? else { return Ok(()) };
        let mut missing = Vec::new();
        for container in pod.long_running_containers().filter(|container| self.means(container)) {
            if Probe::of(container, self.purpose)?.is_some() {
                if !self.per_container {
                    return Ok(());
                }
            } else if self.needs(container)? {
                missing.push(container);
            }
        }
        let title = self.purpose.title();
        match missing.as_slice() {
            [] => {}
            [_, _, ..] if !self.per_container => {
                let message = text!["no container of the pod has a ", title];
                out.report(pod.spec().get("containers"), message);
            }
            _ => {
                for container in missing {
                    let place = container.get(self.purpose.field());
                    // What is there has no handler; else the container itself is the place to add one.
                    let (place, has) = if place.exists() {
                        (place, [" has a ", title, " without a handler"])
                    } else {
                        (container.node(), [" has no ", title, ""])
                    };
                    let fix = fix(container)?;
                    let finding = out.report(place, text![container.title(), has.concat()]).container(container);
                    if let Some(fix) = fix {
                        finding.fix(fix);
                    }
                }
            }
        }
        Ok(())
    }

    fn means(&self, container: &Container<'_>) -> bool {
        (self.sidecars || container.role() == Role::App) && !is_injected(container)
    }

    fn needs(&self, container: &Container<'_>) -> Result<bool, Malformed> {
        Ok(!self.only_serving || container.is_serving()?)
    }
}

/// How often the API asks before it gives up, when nothing else is written.
const LEAST_FAILURES: i64 = 3;

/// A startup probe that asks what the liveness probe asks, and bears a start as slow as a delay of so many seconds did.
pub(super) fn startup_probe(liveness: &Probe<'_>, delay_seconds: i64) -> Result<Value, Malformed> {
    let timing = liveness.timing()?;
    let period = timing.period_seconds.max(1);
    let periods = delay_seconds / period + i64::from(delay_seconds % period > 0);
    let failures = periods.saturating_add(timing.failure_threshold.max(LEAST_FAILURES));
    let mut probe = liveness.node().value().cloned().unwrap_or_default();
    if let Some(fields) = probe.as_object_mut() {
        fields.remove("initialDelaySeconds");
        fields.insert("failureThreshold".to_owned(), json!(failures));
    }
    Ok(probe)
}
