use std::num::NonZeroU16;

use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;
use crate::settings::{Range, SettingsError};

/// ## What it does
/// Reports probe timings that can't be meant: a `timeoutSeconds` longer than `periodSeconds`, a `successThreshold`
/// other than 1 in a liveness or startup probe, and a readiness probe that asks only once a minute or less often, unless
/// `readiness.periodSeconds` has a `max`. With bounds in `startup`, `readiness` or `liveness` it also reports every
/// value of such a probe that is out of bounds, including API defaults: a delay of 0, a period of 10, a timeout of 1,
/// thresholds of 1 and 3.
///
/// ## Why
/// The kubelet doesn't start a probe before the previous attempt has finished or timed out. With a timeout longer than
/// the period, the period is kept only on good days: just when the container hangs, every attempt takes the whole
/// timeout, and the hang is noticed later than `failureThreshold` × `periodSeconds` suggests. A `successThreshold`
/// above 1 is allowed only for readiness; in the other two probes the API server rejects it, and the whole object with
/// it. A readiness probe decides where requests go: with a period of 60 and three failures, they go to a pod that can't serve for
/// three minutes, and a rollout waits up to a minute for each pod that could.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
///   periodSeconds: 5
///   timeoutSeconds: 2
///   failureThreshold: 3
/// ```
/// Bounds are settings of this policy, for what a team has agreed on. This requires a timeout of at least two seconds
/// and a period of at most ten:
/// ```yaml
/// readiness:
///   timeoutSeconds: {min: 2}
///   periodSeconds: {max: 10}
/// ```
///
/// ## Limits
/// The fix of a readiness probe's period sets it to 10, or to the timeout. The fix of a timeout raises the period to it. Shortening the timeout instead might fail containers that answer slowly. A
/// failure that shows at once, such as a refused connection, is then noticed later.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ProbeTiming {
    /// The bounds of startup probes, by field: `{periodSeconds: {min, max}}`.
    pub startup: Bounds,
    /// The bounds of readiness probes, by field.
    pub readiness: Bounds,
    /// The bounds of liveness probes, by field.
    pub liveness: Bounds,
}

/// The bounds of a probe's timings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct Bounds {
    /// Seconds from the container's start to the first attempt.
    pub initial_delay_seconds: Range<u16>,
    /// Seconds from one attempt to the next.
    pub period_seconds: Range<NonZeroU16>,
    /// Seconds until an attempt times out.
    pub timeout_seconds: Range<NonZeroU16>,
    /// Consecutive successes after which the probe counts as passed; always 1 except for readiness.
    pub success_threshold: Range<NonZeroU16>,
    /// Consecutive failures after which the probe counts as failed.
    pub failure_threshold: Range<NonZeroU16>,
}

impl Policy for ProbeTiming {
    const METADATA: Metadata = Metadata {
        id: "probe-timing",
        title: "Probe timings are consistent and within bounds",
        why: "a hung container is noticed later than the probe promises",
        help: "keep timeoutSeconds at or below periodSeconds",
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
        for (name, bounds) in [("startup", &self.startup), ("readiness", &self.readiness), ("liveness", &self.liveness)]
        {
            let field = |field: &str| text![name, ".", field];
            if let (Some(timeout), Some(period)) = (bounds.timeout_seconds.min(), bounds.period_seconds.max())
                && timeout > period
            {
                let reason = "its min must not be more than the max of periodSeconds";
                return Err(SettingsError::new(field("timeoutSeconds"), reason));
            }
            if name != "readiness" && bounds.success_threshold.broken_by(NonZeroU16::MIN).is_some() {
                return Err(SettingsError::new(field("successThreshold"), "must include 1, the only allowed value"));
            }
        }
        Ok(())
    }

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            for (purpose, bounds) in [
                (Purpose::Startup, &self.startup),
                (Purpose::Readiness, &self.readiness),
                (Purpose::Liveness, &self.liveness),
            ] {
                if let Some(probe) = Probe::of(container, purpose)? {
                    report(container, &probe, bounds, out)?;
                }
            }
        }
        Ok(())
    }
}

const PERIOD: &str = "periodSeconds";
const TIMEOUT: &str = "timeoutSeconds";
const SUCCESS: &str = "successThreshold";
const FAILURES: &str = "failureThreshold";

fn report(container: &Container<'_>, probe: &Probe<'_>, bounds: &Bounds, out: &mut Findings) -> Result<(), CheckError> {
    let timing = probe.timing()?;
    let number = |range: &Range<NonZeroU16>| range.map(|bound| i64::from(bound.get()));
    let (periods, timeouts) = (number(&bounds.period_seconds), number(&bounds.timeout_seconds));
    // The API's own rule for the other two comes before any bound.
    let once = probe.purpose() != Purpose::Readiness;
    let successes = if once { Range::default() } else { number(&bounds.success_threshold) };

    let field = probe.purpose().field();
    let title = text![container.title(), ": "];
    let set = |key, to: i64| Edit::set(probe.get(key), to);
    let help_to = |key: &str, to: i64| text!["set ", field, ".", key, " to ", to.to_string()];
    for (key, range, written) in [
        ("initialDelaySeconds", bounds.initial_delay_seconds.map(i64::from), timing.initial_delay_seconds),
        (PERIOD, periods, timing.period_seconds),
        (TIMEOUT, timeouts, timing.timeout_seconds),
        (SUCCESS, successes, timing.success_threshold),
        (FAILURES, number(&bounds.failure_threshold), timing.failure_threshold),
    ] {
        let Some(bound) = range.broken_by(written) else { continue };
        let message = text![title, probe.number_text(key, written)?, ", ", bound.title()];
        let fitting = range.clamp(written);
        let help = help_to(key, fitting);
        out.report(probe.get(key), message)
            .container(container)
            .why("the team has agreed on other bounds for its probes")
            .unsafe_fix(help, vec![set(key, fitting)]);
    }
    if once && timing.success_threshold != 1 {
        let message =
            text![title, probe.number_text(SUCCESS, timing.success_threshold)?, ", but the API allows only 1"];
        let help = help_to(SUCCESS, 1);
        out.report(probe.get(SUCCESS), message)
            .container(container)
            .why("the API server rejects the whole object")
            .unsafe_fix(help, vec![set(SUCCESS, 1)]);
    }
    // A value out of bounds is one violation; a violation that remains after its fix is another.
    let timeout = timeouts.clamp(timing.timeout_seconds);
    if timeout > periods.clamp(timing.period_seconds) {
        let written = timing.period_seconds.to_string();
        let message = text![
            title,
            probe.number_text(TIMEOUT, timing.timeout_seconds)?,
            ", more than the ",
            PERIOD,
            " of ",
            written
        ];
        let period = periods.clamp(timeout);
        let (mut help, mut edits) = (help_to(PERIOD, period), vec![set(PERIOD, period)]);
        if period < timeout {
            help = help_to(TIMEOUT, period);
            edits.push(set(TIMEOUT, period));
        }
        out.report(probe.get(TIMEOUT), message).container(container).unsafe_fix(help, edits);
    } else if !once && periods.max().is_none() && timing.period_seconds >= RARE_SECONDS {
        let noticed = timing.period_seconds.saturating_mul(timing.failure_threshold);
        let message = text![
            title,
            probe.number_text(PERIOD, timing.period_seconds)?,
            ": a pod that can't serve gets requests for up to ",
            noticed.to_string(),
            " s"
        ];
        let period = timeout.max(USUAL_SECONDS);
        out.report(probe.get(PERIOD), message)
            .container(container)
            .why("requests go to a pod that can't serve, and a rollout waits for pods that could")
            .unsafe_fix(help_to(PERIOD, period), vec![set(PERIOD, period)]);
    }
    Ok(())
}

/// The period of a readiness probe from which on it says little about now.
const RARE_SECONDS: i64 = 60;

/// The API's default of `periodSeconds`.
const USUAL_SECONDS: i64 = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contradictory_bounds_are_rejected() {
        for (wrong, field) in [
            (json!({"liveness": {"successThreshold": {"min": 2}}}), "liveness.successThreshold"),
            (json!({"startup": {"timeoutSeconds": {"min": 5}, "periodSeconds": {"max": 4}}}), "startup.timeoutSeconds"),
        ] {
            let error = ProbeTiming::deserialize(&wrong).unwrap().validate().unwrap_err();
            assert!(error.to_string().contains(field), "{error}");
        }
        assert!(ProbeTiming::deserialize(json!({"liveness": {"periodSeconds": {"max": 0}}})).is_err());
        let right = json!({
            "readiness": {"successThreshold": {"min": 2}, "timeoutSeconds": {"min": 5}, "periodSeconds": {"max": 5}},
            "startup": {"successThreshold": {"max": 1}},
        });
        assert_eq!(ProbeTiming::deserialize(&right).unwrap().validate(), Ok(()));
    }
}
