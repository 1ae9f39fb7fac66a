use crate::kube::exclusive::{SINGLETON_LABEL, is_singleton};
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::Workload;
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments, StatefulSets, DaemonSets and Argo Rollouts whose `minReadySeconds` is less than `minSeconds`; it
/// defaults to 0. The strategies `Recreate` and `OnDelete`, which don't wait for one pod before they replace the next, are not
/// reported, nor is a single pod that is removed before the new one starts.
///
/// ## Why
/// A new pod counts as available as soon as its readiness probe first passes, and the rollout moves on to the next. A version
/// that passes and then crashes seconds later, on the first real request or when its memory runs out, has by then replaced
/// every pod. If each pod has to stay ready for a moment, the rollout stops at the first one.
///
/// ## What to write
/// ```yaml
/// spec:
///   minReadySeconds: 5
/// ```
/// `progressDeadlineSeconds` has to be longer.
///
/// ## Limits
/// Every batch of pods waits this much longer: with 100 pods, 25 at a time, a rollout takes 20 seconds more. If the deadline is
/// too short for it, there is no fix.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct InstantReady {
    /// How long a new pod has to stay ready at least, in seconds.
    pub min_seconds: u16,
}

impl Default for InstantReady {
    fn default() -> InstantReady {
        InstantReady { min_seconds: 5 }
    }
}

impl Policy for InstantReady {
    const METADATA: Metadata = Metadata {
        id: "instant-ready",
        title: "New pods stay ready for a moment before the rollout continues",
        why: "a version that crashes seconds after it starts replaces every pod before anybody notices",
        help: "set minReadySeconds",
        category: Category::Rollout,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::ROLLOUT],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::MIN_READY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let has_deadline = [&kinds::DEPLOYMENT, &kinds::ROLLOUT].contains(&cx.kind());
        let strategy = spec.get(if has_deadline { "strategy" } else { "updateStrategy" }).mapping()?;
        if matches!(strategy.get("type").str()?, Some("Recreate" | "OnDelete")) {
            return Ok(());
        }
        if is_replaced_first(cx, strategy)? || is_run_by_rollout(cx)? {
            return Ok(());
        }
        let node = spec.get("minReadySeconds");
        let written = node.int()?;
        let seconds = written.unwrap_or(0);
        let min = i64::from(self.min_seconds);
        if seconds >= min {
            return Ok(());
        }
        let is = if written.is_none() { "minReadySeconds defaults to " } else { "minReadySeconds is " };
        let wanted = min.to_string();
        let message = text![is, seconds.to_string(), ", less than ", wanted];
        let help = text!["set minReadySeconds to ", wanted];
        let finding = out.report(node, message);
        if has_deadline && spec.get("progressDeadlineSeconds").int()?.unwrap_or(600) <= min {
            // The API requires a longer deadline of a Deployment, and without one no rollout succeeds.
            finding.help(text![help, " and progressDeadlineSeconds to more than that"]);
            return Ok(());
        }
        let edits = vec![Edit::set(node, min)];
        finding.safe_fix(help, edits);
        Ok(())
    }
}

/// True for a single pod that is removed before the new one starts: there is nothing left for the rollout to wait with.
fn is_replaced_first(cx: &Context<'_>, strategy: Node<'_>) -> Result<bool, Malformed> {
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(false) };
    if is_singleton(&workload, SINGLETON_LABEL) {
        return Ok(true);
    }
    let surge = IntOrPercent::read(strategy.get("rollingUpdate").get("maxSurge"))?;
    let without_surge = *cx.kind() == kinds::STATEFUL_SET || surge.is_some_and(IntOrPercent::is_zero);
    Ok(without_surge && workload.replicas()?.is_some_and(|pods| pods <= 1))
}
