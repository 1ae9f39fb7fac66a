use crate::kube::exclusive::uses_devices;
use crate::kube::mesh::is_managed;
use crate::kube::probe::{Probe, Purpose, Timing};
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Computes how long a startup probe allows a container to start: `initialDelaySeconds`, then `failureThreshold` ×
/// `periodSeconds`. Reports windows longer than `maxSeconds` or shorter than `minSeconds`. A rollout's
/// `progressDeadlineSeconds` that is shorter than the window is reported by `slow-rollout-failure`, and containers
/// without a startup probe by `missing-startup-probe`. The proxies that Istio and Linkerd inject are left alone.
///
/// ## Why
/// During the window nothing else happens: a process that hangs at startup is neither restarted nor reported, and a
/// rollout waits for it. A window that is too short kills slow starts, over and over, and the busier the node, the more
/// often.
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
/// The fix changes only `failureThreshold`. If not even one failure fits, because the period or the delay is too long,
/// there is no fix.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StartupWindow {
    /// The shortest accepted window, in seconds.
    pub min_seconds: u32,
    /// The longest accepted window, in seconds.
    pub max_seconds: u32,
}

impl Default for StartupWindow {
    fn default() -> StartupWindow {
        StartupWindow { min_seconds: 0, max_seconds: 300 }
    }
}

impl Policy for StartupWindow {
    const METADATA: Metadata = Metadata {
        id: "startup-window",
        title: "Startup probes allow enough time to start, but not too much",
        why: "a start that hangs blocks the rollout for as long as the startup probe allows",
        help: "set startupProbe.failureThreshold × periodSeconds to about twice the slowest start",
        category: Category::Health,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.min_seconds > self.max_seconds {
            return Err(SettingsError::new("maxSeconds", "must not be less than minSeconds"));
        }
        Ok(())
    }

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            if !is_managed(container, pod)?
                && let Some(probe) = Probe::of(container, Purpose::Startup)?
            {
                self.report(container, &probe, out)?;
            }
        }
        Ok(())
    }
}

impl StartupWindow {
    fn report(&self, container: &Container<'_>, probe: &Probe<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let timing = probe.timing()?;
        let window = timing.initial_delay_seconds.saturating_add(timing.patience_seconds());
        let (min, max) = (i64::from(self.min_seconds), i64::from(self.max_seconds));

        let node = probe.get("failureThreshold");
        let takes = |verb: &str, seconds: i64| text![container.title(), verb, seconds.to_string(), " s to start"];
        // Models are loaded onto devices for as long as it takes.
        if window > max && !uses_devices(container)? {
            // A shorter window may kill starts that are really so slow: that is for a person to decide.
            let message = text![takes(" may take ", window), ", more than ", max.to_string(), " s"];
            out.report(node, message).container(container).help(
                "if starts take less, lower startupProbe.failureThreshold × periodSeconds to about twice the slowest one",
            );
        }
        if window < min {
            let message = text![takes(" has ", window), ", less than ", min.to_string(), " s"];
            let finding = out
                .report(node, message)
                .container(container)
                .why("the startup probe kills slow starts, over and over");
            let fitting = failures_for(&timing, min).filter(|failures| {
                let window = Timing { failure_threshold: *failures, ..timing }.patience_seconds();
                timing.initial_delay_seconds.saturating_add(window) <= max
            });
            if let Some(failures) = fitting {
                let title = text!["set startupProbe.failureThreshold to ", failures.to_string()];
                finding.unsafe_fix(title, vec![Edit::set(node, failures)]);
            }
        }
        Ok(())
    }
}

/// The fewest failures that take this many seconds.
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
    fn minimum_above_maximum_is_rejected() {
        assert!(StartupWindow { min_seconds: 301, ..StartupWindow::default() }.validate().is_err());
        assert!(StartupWindow { min_seconds: 300, ..StartupWindow::default() }.validate().is_ok());
    }
}
