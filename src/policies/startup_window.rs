use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::finding::Findings;
use crate::fix::Edit;
use crate::kube::container::Container;
use crate::kube::kinds::{self, LONG_RUNNING};
use crate::kube::probe::{Probe, Purpose, Timing};
use crate::policies::sources;
use crate::policy::{Category, CheckError, FixAvailability, Meta, Policy, Profile, Severity};
use crate::settings::SettingsError;

/// ## What it does
/// Works out how long a startup probe lets a container start: `failureThreshold` × `periodSeconds`, and
/// `initialDelaySeconds` before that. Reports windows that are longer than `maxSeconds` or shorter than `minSeconds`. In a
/// Deployment (and an Argo Rollout) the window has to be shorter than `progressDeadlineSeconds`, too, which is 600 when it
/// isn't written. Containers without a startup probe are left to `missing-startup-probe`.
///
/// ## Why
/// While the window is open nothing else happens: a process that hung at its start is neither restarted nor reported,
/// and a rollout waits for it. After `progressDeadlineSeconds` a Deployment counts the rollout as failed. When the window
/// is as long, that comes before the container has had all its time: a pipeline rolls a version back that might still have
/// started, and a start that can't succeed is never tried a second time. A window that is too short kills slow starts.
///
/// ## What to write
/// ```yaml
/// startupProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 5
///   failureThreshold: 24
/// ```
/// 5 × 24 = 120 seconds: about twice what the slowest start takes.
///
/// ## Limits
/// The fix changes `failureThreshold` alone. Where not even one failure fits, because the period or the delay is too long,
/// there is no fix.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StartupWindow {
    /// The shortest window that is accepted, in seconds.
    pub min_seconds: u32,
    /// The longest window that is accepted, in seconds.
    pub max_seconds: u32,
}

impl Default for StartupWindow {
    fn default() -> StartupWindow {
        StartupWindow { min_seconds: 0, max_seconds: 300 }
    }
}

/// After how many seconds without progress a rollout counts as failed, when nothing is written.
const DEFAULT_DEADLINE_SECONDS: i64 = 600;

/// When a rollout counts as failed.
struct Deadline {
    seconds: i64,
    by_default: bool,
}

impl Policy for StartupWindow {
    const META: Meta = Meta {
        id: "startup-window",
        title: "Startup probes give a start enough time, and not too much",
        why: "a start that hangs holds the rollout up for as long as the startup probe bears it",
        help: "choose startupProbe.failureThreshold × periodSeconds to be about twice the slowest start",
        category: Category::Health,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        needs: &[],
        ephemeral: false,
        companion: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION, sources::FAILED_DEPLOYMENT],
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.min_seconds > self.max_seconds {
            return Err(SettingsError::new("maxSeconds", "should not be less than minSeconds"));
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.long_running_pod()? else { return Ok(()) };
        let deadline = if [&kinds::DEPLOYMENT, &kinds::ROLLOUT].contains(&cx.kind()) {
            let written = cx.spec().get("progressDeadlineSeconds").int()?;
            let seconds = written.unwrap_or(DEFAULT_DEADLINE_SECONDS);
            Some(Deadline { seconds, by_default: written.is_none() })
        } else {
            None
        };
        for container in pod.long_running_containers() {
            if let Some(probe) = Probe::of(container, Purpose::Startup)? {
                self.judge(container, &probe, deadline.as_ref(), out)?;
            }
        }
        Ok(())
    }
}

impl StartupWindow {
    fn judge(
        &self,
        container: &Container<'_>,
        probe: &Probe<'_>,
        deadline: Option<&Deadline>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let timing = probe.timing()?;
        let window = timing.initial_delay_seconds.saturating_add(timing.patience_seconds());
        let (min, max) = (i64::from(self.min_seconds), i64::from(self.max_seconds));
        // Whichever comes first.
        let deadline = deadline.filter(|deadline| deadline.seconds <= max);
        let longest = deadline.map_or(max, |deadline| deadline.seconds.saturating_sub(1));

        let takes = |verb: &str, seconds: i64| [&container.title(), verb, &seconds.to_string(), " s to start"].concat();
        let (message, failures) = if window > longest {
            let message = match deadline {
                Some(deadline) => {
                    let default = if deadline.by_default { " by default" } else { "" };
                    let seconds = deadline.seconds.to_string();
                    [&takes(" may take ", window), ", but progressDeadlineSeconds is ", &seconds, default].concat()
                }
                None => [&takes(" may take ", window), ", more than ", &max.to_string(), " s"].concat(),
            };
            (message, failures_within(&timing, longest))
        } else if window < min {
            let message = [&takes(" has ", window), ", less than ", &min.to_string(), " s"].concat();
            (message, failures_for(&timing, min))
        } else {
            return Ok(());
        };

        let node = probe.get("failureThreshold");
        let draft = out.report(node, message).container(container);
        let fitting = failures.filter(|failures| {
            let window = Timing { failure_threshold: *failures, ..timing }.patience_seconds();
            (min..=longest).contains(&timing.initial_delay_seconds.saturating_add(window))
        });
        match fitting {
            Some(failures) => {
                let value = json!(failures);
                let help = ["set startupProbe.failureThreshold to ", &failures.to_string()].concat();
                draft.help(help.clone()).unsafe_fix(help, vec![Edit::Set { at: node.path(), value }]);
            }
            None if window > longest => {
                draft.help("shorten startupProbe.periodSeconds or initialDelaySeconds");
            }
            None => {}
        }
        Ok(())
    }
}

/// The most failures that fit into so many seconds, if any do.
fn failures_within(timing: &Timing, seconds: i64) -> Option<i64> {
    let failures = seconds.saturating_sub(timing.initial_delay_seconds).checked_div(timing.period_seconds)?;
    (failures > 0).then_some(failures)
}

/// The fewest failures that take so many seconds.
fn failures_for(timing: &Timing, seconds: i64) -> Option<i64> {
    let rest = seconds.saturating_sub(timing.initial_delay_seconds);
    let failures = rest.checked_div(timing.period_seconds)?;
    let more = i64::from(failures.saturating_mul(timing.period_seconds) < rest);
    Some(failures.saturating_add(more)).filter(|failures| *failures > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_least_window_above_the_longest() {
        assert!(StartupWindow { min_seconds: 301, ..StartupWindow::default() }.validate().is_err());
        assert!(StartupWindow { min_seconds: 300, ..StartupWindow::default() }.validate().is_ok());
    }
}
