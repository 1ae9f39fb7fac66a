use crate::kube::owner::is_controlled;
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{Expected, expected_pods, the_pods};
use crate::policies::prelude::*;
use crate::settings::Percentage;

/// ## What it does
/// Reports updates that replace many pods at once:
///
/// - DaemonSets and StatefulSets whose `maxUnavailable` is at least `percent` of their pods, all of them unless the setting says less;
/// - Argo Rollouts whose canary's `maxUnavailable` is at least `rolloutPercent`, half of them by default. With
///   `trafficRouting` the stable pods stay, and nothing is reported;
/// - Argo Rollouts whose canary's `maxSurge` is at least `surgePercent`, all pods by default, and that have no step with
///   `setWeight`: the new version starts with all of its pods.
///
/// A percentage is compared as written, a number by the workload's pods: the autoscaler's `minReplicas`, else `replicas`. A single
/// pod is never reported, nor is a number of pods in a DaemonSet, which has as many as there are nodes. Pods below a
/// StatefulSet's `partition` stay.
///
/// Deployments are checked by `capacity-drop-on-rollout`.
///
/// ## Why
/// Every release is an outage on all nodes or of all members at once, and a release that doesn't start leaves nothing running:
/// no logs, no network, no storage driver, or a database without a quorum.
///
/// ## What to write
/// ```yaml
/// updateStrategy:
///   type: RollingUpdate
///   rollingUpdate:
///     maxUnavailable: 10%
/// ```
/// A DaemonSet and a StatefulSet replace one pod at a time unless they say otherwise, an Argo Rollout a quarter.
///
/// ## Limits
/// The API server ignores a StatefulSet's `maxUnavailable` where the feature is not enabled; it is reported all the same,
/// because it takes effect with an upgrade.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RecklessRollout {
    /// The share of a DaemonSet's or StatefulSet's pods from which it is reported, in percent.
    pub percent: Percentage,
    /// The share of an Argo Rollout's pods from which it is reported, in percent.
    pub rollout_percent: Percentage,
    /// The share of an Argo Rollout's pods that start at once from which it is reported, in percent.
    pub surge_percent: Percentage,
}

impl Default for RecklessRollout {
    fn default() -> RecklessRollout {
        RecklessRollout {
            percent: Percentage::of::<100>(),
            rollout_percent: Percentage::of::<50>(),
            surge_percent: Percentage::of::<100>(),
        }
    }
}

impl Policy for RecklessRollout {
    const METADATA: Metadata = Metadata {
        id: "reckless-rollout",
        title: "Updates replace a few pods at a time",
        why: "an update stops most pods at once, and a version that doesn't start leaves nothing running",
        help: "lower maxUnavailable",
        category: Category::Rollout,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::DAEMON_SET, &kinds::STATEFUL_SET, &kinds::ROLLOUT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::DAEMON_SET_UPDATES, sources::STATEFUL_SET_UPDATES, sources::ARGO_CANARY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rollout = *cx.kind() == kinds::ROLLOUT;
        let daemons = *cx.kind() == kinds::DAEMON_SET;
        let update = if rollout {
            let canary = cx.spec().mapping()?.get("strategy").mapping()?.get("canary").mapping()?;
            if canary.get("trafficRouting").exists() || is_controlled(cx.object()) {
                return Ok(());
            }
            self.check_surge(canary, cx, out)?;
            canary
        } else {
            let strategy = cx.spec().mapping()?.get("updateStrategy").mapping()?;
            if strategy.get("type").str()? == Some("OnDelete") {
                return Ok(());
            }
            strategy.get("rollingUpdate").mapping()?
        };
        let place = update.get("maxUnavailable");
        let Some(unavailable) = IntOrPercent::read(place)?.filter(|_| !is_controlled(cx.object())) else {
            return Ok(());
        };
        let limit = if rollout { self.rollout_percent } else { self.percent }.get();
        let is_wide = match unavailable {
            IntOrPercent::Percent(percent) => percent >= limit.max(1),
            IntOrPercent::Int(count) => count > 1 && !daemons,
        };
        if !is_wide {
            return Ok(());
        }
        let expected = if daemons { None } else { expected(cx, unavailable)? };
        let takes_many = match (&expected, unavailable) {
            (Some(expected), IntOrPercent::Percent(_)) => expected.pods > 1,
            (None, IntOrPercent::Percent(_)) => true,
            (Some(expected), IntOrPercent::Int(count)) => {
                expected.pods > 1 && count.saturating_mul(100) >= limit.saturating_mul(expected.pods)
            }
            (None, IntOrPercent::Int(_)) => false,
        };
        if !takes_many {
            return Ok(());
        }
        let staying = update.get("partition").int()?.filter(|_| *cx.kind() == kinds::STATEFUL_SET).unwrap_or_default();
        let mut stopped = unavailable;
        if staying > 0 {
            let Some(Expected { pods, .. }) = expected else { return Ok(()) };
            let updated = unavailable.rounded_up(pods).min(pods.saturating_sub(staying));
            if updated.saturating_mul(100) < limit.saturating_mul(pods) {
                return Ok(());
            }
            stopped = IntOrPercent::Int(updated);
        }
        let of = match &expected {
            Some(expected) => the_pods(cx, expected.pods),
            None => "the pods".to_owned(),
        };
        let message = text!["maxUnavailable lets an update stop ", stopped.written(), " of ", of, " at the same time"];
        let wanted = match limit {
            11.. if daemons => IntOrPercent::Percent(10),
            26.. if rollout => IntOrPercent::Percent(25),
            _ => IntOrPercent::Int(1),
        };
        let title = text!["set maxUnavailable to ", wanted.written()];
        out.report(place, message).unsafe_fix(title, vec![Edit::set(place, wanted.json())]);
        Ok(())
    }
}

impl RecklessRollout {
    /// Reports a canary that starts with all of its pods.
    fn check_surge(&self, canary: Node<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let place = canary.get("maxSurge");
        let Some(surge) = IntOrPercent::read(place)? else { return Ok(()) };
        for step in canary.get("steps").items()? {
            if step.mapping()?.get("setWeight").exists() {
                return Ok(());
            }
        }
        let limit = self.surge_percent.get();
        let may_be_wide = match surge {
            IntOrPercent::Percent(percent) => percent >= limit.max(1),
            IntOrPercent::Int(count) => count > 1,
        };
        if !may_be_wide {
            return Ok(());
        }
        let expected = expected(cx, surge)?;
        let starts_many = match (&expected, surge) {
            (Some(expected), IntOrPercent::Int(count)) => {
                expected.pods > 1 && count.saturating_mul(100) >= limit.saturating_mul(expected.pods)
            }
            (None, IntOrPercent::Int(_)) => false,
            (expected, IntOrPercent::Percent(_)) => expected.as_ref().is_none_or(|expected| expected.pods > 1),
        };
        if !starts_many {
            return Ok(());
        }
        let wanted = if limit > 25 { IntOrPercent::Percent(25) } else { IntOrPercent::Int(1) };
        let title = text!["set maxSurge to ", wanted.written()];
        let message = text!["maxSurge lets an update start ", surge.written(), " more pods at the same time"];
        out.report(place, message)
            .why("all pods of the new version start at once, before one has shown that it works")
            .unsafe_fix(title, vec![Edit::set(place, wanted.json())]);
        Ok(())
    }
}

/// How many pods there are. A percentage can be compared without.
fn expected(cx: &Context<'_>, unavailable: IntOrPercent) -> Result<Option<Expected>, CheckError> {
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(None) };
    match expected_pods(cx, &workload) {
        Err(CheckError::Inventory(InventoryError::NotGiven { .. }))
            if matches!(unavailable, IntOrPercent::Percent(_)) =>
        {
            Ok(None)
        }
        expected => expected.map(Some),
    }
}
