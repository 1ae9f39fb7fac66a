use crate::kube::mesh::is_injected;
use crate::kube::probe::{Probe, Purpose};
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments, Argo Rollouts and Flagger Canaries whose `progressDeadlineSeconds` is
///
/// - longer than `maxSeconds`; it defaults to 600. A slow start may have a longer deadline: up to 60 seconds more than the pod
///   may take to become ready;
/// - not longer than `minReadySeconds`: no pod could become available in time, and the API server rejects such a Deployment;
/// - not longer than the pod may take to become ready: the rollout would fail while Kubernetes still waits for the pod.
///
/// A pod may take as long as its native sidecars, one after the other, and then the slowest of its containers: each as long as
/// its startup probe allows (`initialDelaySeconds` + `failureThreshold` × `periodSeconds`), or until its readiness probe's
/// `initialDelaySeconds` is over. A mesh's injected proxy doesn't count.
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
/// images, attaching volumes, init containers and starting nodes count too: where those are slow, raise `maxSeconds`. That is
/// also why no fix shortens a deadline.
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
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::ROLLOUT, &kinds::CANARY],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::PROGRESS_DEADLINE, sources::FAILED_DEPLOYMENT, sources::FLAGGER],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_run_by_rollout(cx)? {
            return Ok(());
        }
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
        // The manifest doesn't show how long images, volumes and nodes take: a shorter deadline may fail a good rollout.
        if deadline > wanted {
            out.report(node, text![says, ", more than ", wanted.to_string()]).help(help.clone());
        }
        let mut raise = |message: String, why: &'static str, container: Option<&Container<'_>>| {
            let mut finding = out.report(node, message).why(why).help(help.clone());
            if let Some(container) = container {
                finding = finding.container(container);
            }
            if fits {
                finding.safe_fix(help.clone(), vec![Edit::set(node, wanted)]);
            }
        };
        if deadline <= min_ready {
            let message = text![says, ", not more than minReadySeconds (", min_ready.to_string(), ")"];
            raise(message, "no pod becomes available in time, so every rollout fails", None);
        }
        if let Some((container, seconds)) = slowest
            && deadline <= seconds
        {
            let (container_title, seconds) = (container.title(), seconds.to_string());
            raise(
                text![says, ", but ", container_title, " may take ", seconds, " s to become ready"],
                "a rollout fails while its pods are still starting as they should",
                Some(&container),
            );
        }
        Ok(())
    }
}

/// The container that may take longest to become ready, except a mesh's injected ones, and after how many seconds; `None`
/// if no probe says.
fn slowest_start<'a>(cx: &Context<'a>) -> Result<Option<(Container<'a>, i64)>, CheckError> {
    let mut slowest: Option<(Container<'a>, i64)> = None;
    // The next container starts only when a native sidecar has started.
    let mut sidecars: i64 = 0;
    let Some(pod) = cx.pod()? else { return Ok(None) };
    for container in pod.long_running_containers().filter(|container| !is_injected(container)) {
        let startup = match Probe::of(container, Purpose::Startup)? {
            Some(probe) => probe.window_seconds()?,
            None => 0,
        };
        let readiness = match Probe::of(container, Purpose::Readiness)? {
            Some(probe) => probe.get("initialDelaySeconds").int()?.unwrap_or_default(),
            None => 0,
        };
        let seconds = sidecars.saturating_add(startup.max(readiness));
        if seconds > 0 && slowest.is_none_or(|(_, longest)| longest < seconds) {
            slowest = Some((*container, seconds));
        }
        if container.role() == Role::Sidecar {
            sidecars = sidecars.saturating_add(startup);
        }
    }
    Ok(slowest)
}
