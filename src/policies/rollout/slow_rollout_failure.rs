use crate::kube::mesh::is_injected;
use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};

/// ## What it does
/// Reports Deployments, Argo Rollouts and Flagger Canaries whose `progressDeadlineSeconds` is
///
/// - longer than `maxSeconds`; it defaults to 600. A slow start may have a longer deadline: up to 60 seconds more than the
///   longest startup probe allows;
/// - not longer than `minReadySeconds`: no pod could become available in time, and the API server rejects such a Deployment;
/// - not longer than a container's startup probe allows (`initialDelaySeconds` + `failureThreshold` × `periodSeconds`): the
///   rollout would fail while Kubernetes still waits for the pod to start. The startup probe of a mesh's injected proxy doesn't
///   count.
///
/// ## Why
/// A rollout whose pods don't become ready hangs silently until this deadline. Only then does `kubectl rollout status` fail, do
/// pipelines and `helm --wait` give up, does Flagger roll back. Ten minutes for every broken release is longer than nearly any
/// service takes to start.
///
/// ## What to write
/// ```yaml
/// spec:
///   progressDeadlineSeconds: 300
///   minReadySeconds: 5
/// ```
///
/// ## Limits
/// The clock restarts whenever another pod becomes ready or available; the deadline is not for the whole rollout. Pulling
/// images, attaching volumes and starting nodes count too: where those are slow, raise `maxSeconds`. Shortening the deadline
/// of a Deployment, which only reports the failure, is a safe fix. A Canary rolls back when it passes, and a Rollout with
/// `progressDeadlineAbort` aborts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SlowRolloutFailure {
    /// The maximum deadline, in seconds.
    pub max_seconds: u32,
}

impl Default for SlowRolloutFailure {
    fn default() -> SlowRolloutFailure {
        SlowRolloutFailure { max_seconds: 300 }
    }
}

const FIELD: &str = "progressDeadlineSeconds";

/// The deadline when none is set.
const DEFAULT_SECONDS: i64 = 600;

/// Added to a slow start for scheduling and pulling the image.
const MARGIN_SECONDS: i64 = 60;

impl Policy for SlowRolloutFailure {
    const METADATA: Metadata = Metadata {
        id: "slow-rollout-failure",
        title: "Rollouts that hang fail soon",
        why: "a rollout that makes no progress hangs silently until its deadline",
        help: "set progressDeadlineSeconds",
        category: Category::Rollout,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::DEPLOYMENT, &kinds::ROLLOUT, &kinds::CANARY],
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::PROGRESS_DEADLINE, sources::FAILED_DEPLOYMENT, sources::FLAGGER],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let node = spec.get(FIELD);
        let written = node.int()?;
        let deadline = written.unwrap_or(DEFAULT_SECONDS);
        let min_ready = spec.get("minReadySeconds").int()?.unwrap_or(0).max(0);
        let slowest = slowest_start(cx)?;
        let least = slowest.map_or(min_ready, |(_, seconds)| seconds.max(min_ready));
        let max = i64::from(self.max_seconds);
        let wanted = if max > least { max } else { least.saturating_add(MARGIN_SECONDS) };

        let is = if written.is_none() { " defaults to " } else { " is " };
        let says = text![FIELD, is, deadline.to_string()];
        let fits = i32::try_from(wanted).is_ok();
        let help = if fits {
            text!["set ", FIELD, " to ", wanted.to_string()]
        } else {
            "shorten minReadySeconds or the startup probe: no deadline can be longer".to_owned()
        };
        let fix = |applicability| {
            let edits = vec![Edit::set(node, json!(wanted))];
            fits.then(|| Fix { title: help.clone(), applicability, edits })
        };
        let mut report = |container: Option<&Container<'_>>, message: String, fix: Option<Fix>| {
            let mut finding = out.report(node, message).help(help.clone());
            if let Some(container) = container {
                finding = finding.container(container);
            }
            if let Some(fix) = fix {
                finding.fix(fix);
            }
        };
        if deadline > wanted {
            let acts = *cx.kind() == kinds::CANARY || spec.get("progressDeadlineAbort").bool()? == Some(true);
            let applicability = if acts { Applicability::Unsafe } else { Applicability::Safe };
            report(None, text![says, ", more than ", wanted.to_string()], fix(applicability));
        }
        if deadline <= min_ready {
            let ready = min_ready.to_string();
            let message = text![says, ", not more than minReadySeconds (", ready, ")"];
            report(None, message, fix(Applicability::Safe));
        }
        if let Some((container, seconds)) = slowest
            && deadline <= seconds
        {
            let message = [&says, ", but ", &container.title(), " may take ", &seconds.to_string(), " s to start"];
            report(Some(&container), message.concat(), fix(Applicability::Safe));
        }
        Ok(())
    }
}

/// The container that may take longest to start, except a mesh's injected ones, and how long in seconds; `None` without startup
/// probes.
fn slowest_start<'a>(cx: &Context<'a>) -> Result<Option<(Container<'a>, i64)>, CheckError> {
    let mut slowest: Option<(Container<'a>, i64)> = None;
    let Some(pod) = cx.pod()? else { return Ok(None) };
    for container in pod.long_running_containers().filter(|container| !is_injected(container)) {
        let Some(probe) = Probe::of(container, Purpose::Startup)? else { continue };
        let seconds = probe.window_seconds()?;
        if slowest.is_none_or(|(_, longest)| longest < seconds) {
            slowest = Some((*container, seconds));
        }
    }
    Ok(slowest)
}
