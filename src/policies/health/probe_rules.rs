//! Which containers need a probe, by the same rules for all three; and the startup probe that fixes write.

use crate::kube::mesh::is_managed;
use crate::kube::port::declared_ports;
use crate::kube::probe::{Probe, Purpose};
use crate::lookup::serving::Routes;
use crate::policies::prelude::*;
use crate::policy::fix::Fix;

/// Which containers of a long-running pod need a probe. Those that a mesh injects never do.
pub(super) struct ProbeRules {
    /// Which probe.
    pub(super) purpose: Purpose,
    /// Whether each needs one, or one is enough for the pod.
    pub(super) per_container: bool,
    /// Whether native sidecars need one, too.
    pub(super) sidecars: bool,
    /// Whether only containers that serve requests need one.
    pub(super) only_serving: bool,
}

impl ProbeRules {
    /// Reports the containers without the probe, or the pod.
    pub(super) fn report(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        self.report_and_fix(cx, out, |_| Ok(None))
    }

    /// The same, with the fix that `fix` gives for a container.
    pub(super) fn report_and_fix(
        &self,
        cx: &Context<'_>,
        out: &mut Findings,
        fix: impl Fn(&Container<'_>) -> Result<Option<Fix>, Malformed>,
    ) -> Result<(), CheckError> {
        let Some(pod) = cx.long_running_pod()? else { return Ok(()) };
        let routes = Routes::to(cx, pod)?;
        let mut missing = Vec::new();
        for container in pod.long_running_containers() {
            if !self.sidecars && container.role() != Role::App || is_managed(container, pod)? {
                continue;
            }
            if Probe::of(container, self.purpose)?.is_some() {
                if !self.per_container {
                    return Ok(());
                }
            } else if !self.only_serving || routes.reach(cx, pod, container)? {
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
                    // Either there is a probe without a handler, or the container is the place to add one.
                    let (place, has) = if place.exists() {
                        (place, [" has a ", title, " without a handler"])
                    } else {
                        (container.node(), [" has no ", title, ""])
                    };
                    let fix = fix(container)?;
                    let mut finding = out.report(place, text![container.title(), has.concat()]).container(container);
                    if self.purpose != Purpose::Startup && no_tcp(container)? {
                        let how = text!["add a ", title, " with exec, or with httpGet on a port for health checks"];
                        finding = finding.severity(Severity::Low).help(text![how, ": its own ports can't be probed"]);
                    }
                    if let Some(fix) = fix {
                        finding.fix(fix);
                    }
                }
            }
        }
        Ok(())
    }
}

/// True when the container declares ports, but none for TCP: no handler of a probe reaches one of them.
fn no_tcp(container: &Container<'_>) -> Result<bool, Malformed> {
    let ports = declared_ports(container)?;
    Ok(!ports.is_empty() && ports.iter().all(|port| port.protocol != "TCP"))
}

/// The API's default of `failureThreshold`.
const DEFAULT_FAILURES: i64 = 3;

/// The longest period of a startup probe that fixes write: a start is noticed at the end of one.
const LONGEST_PERIOD_SECONDS: i64 = 10;

/// The longest window of a startup probe that fixes write: as long as `startup-window` accepts.
const LONGEST_WINDOW_SECONDS: i64 = 300;

/// A startup probe with the check of the liveness probe. It allows as much time as the liveness probe does after a delay of
/// this many seconds; `None` when that is more than any startup probe should.
pub(super) fn startup_probe(liveness: &Probe<'_>, delay_seconds: i64) -> Result<Option<Value>, Malformed> {
    let timing = liveness.timing()?;
    let period = timing.period_seconds.max(1);
    let tolerated = timing.failure_threshold.max(DEFAULT_FAILURES).saturating_mul(period);
    let window = delay_seconds.saturating_add(tolerated);
    // An attempt that takes longer than the period would delay the next one.
    let shorter = period.min(LONGEST_PERIOD_SECONDS.max(timing.timeout_seconds));
    let failures = window / shorter + i64::from(window % shorter > 0);
    if failures.saturating_mul(shorter) > LONGEST_WINDOW_SECONDS {
        return Ok(None);
    }
    let mut probe = liveness.node().value().cloned().unwrap_or_default();
    if let Some(fields) = probe.as_object_mut() {
        fields.remove("initialDelaySeconds");
        fields.insert("failureThreshold".to_owned(), json!(failures));
        if shorter < period {
            fields.insert("periodSeconds".to_owned(), json!(shorter));
        }
    }
    Ok(Some(probe))
}
