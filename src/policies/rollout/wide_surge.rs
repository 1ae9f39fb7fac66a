use crate::kube::percent::IntOrPercent;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::policies::prelude::*;
use crate::settings::PodAmount;

/// ## What it does
/// Reports Deployments whose `maxSurge` is more than `max`. A percentage is compared with a percentage and a number with a
/// number as they are written. Otherwise both are counted for the pods that there are, the autoscaler's `minReplicas` or
/// else `replicas`, a part of a pod being a whole one: one pod more is never too wide for 25%.
///
/// Also reported is `maxSurge: 0` together with `maxUnavailable: 0`: such an update could neither add nor take away a pod,
/// and the API refuses it.
///
/// ## Why
/// During a rollout the extra pods need room. Too many at once wait for nodes that have to be started first, run into the
/// namespace's quota, and all open their connections to the database, fill their caches and pull their image in the same
/// minute, while the old ones still run.
///
/// ## What to write
/// ```yaml
/// strategy:
///   type: RollingUpdate
///   rollingUpdate:
///     maxSurge: 25%
///     maxUnavailable: 0
/// ```
/// 25% is the default of `maxSurge`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WideSurge {
    /// The widest surge that is accepted, as a number of pods or a percentage.
    pub max: PodAmount,
}

impl Default for WideSurge {
    fn default() -> WideSurge {
        WideSurge { max: PodAmount::percent(25) }
    }
}

impl Policy for WideSurge {
    const METADATA: Metadata = Metadata {
        id: "wide-surge",
        title: "Rollouts add a few pods at a time",
        why: "many pods that start at once wait for room, and storm what they all connect to",
        help: "lower strategy.rollingUpdate.maxSurge",
        category: Category::Rollout,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::MAX_SURGE, sources::ROLLING_UPDATE],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(update) = RollingUpdate::of(cx.object())? else { return Ok(()) };
        let max = self.max.get();
        let stuck = update.max_surge.is_zero() && update.max_unavailable.is_zero();
        let is_default = if update.max_surge_node.exists() { "" } else { ", the default," };
        let field = text!["maxSurge: ", update.max_surge.written(), is_default];
        let mut related = None;
        let message = match (update.max_surge, max) {
            _ if stuck => "maxSurge and maxUnavailable are both 0: a rollout could not replace a single pod".to_owned(),
            (IntOrPercent::Int(surge), IntOrPercent::Int(most))
            | (IntOrPercent::Percent(surge), IntOrPercent::Percent(most)) => {
                if surge <= most {
                    return Ok(());
                }
                text![field, " is more than ", max.written()]
            }
            (surge, max) => {
                let expected = expected_pods(cx, &workload)?;
                let (pods, added) = (expected.pods, surge.rounded_up(expected.pods));
                // Nothing is rolled out to no pods.
                if pods == 0 || added <= max.rounded_up(pods) {
                    return Ok(());
                }
                related = expected.autoscaler.is_some().then(|| expected.related(&workload));
                let (added, pods) = (added.to_string(), pods.to_string());
                text![field, " lets a rollout add ", added, " pods to ", pods, ", more than ", max.written()]
            }
        };
        let mut finding = out.report(update.max_surge_node, message);
        if let Some(related) = related {
            finding = finding.related(related);
        }
        if max.is_zero() && update.max_unavailable.is_zero() {
            finding.help("set maxUnavailable to 1 and maxSurge to 0");
            return Ok(());
        }
        let help = text!["set strategy.rollingUpdate.maxSurge to ", max.written()];
        let edits = vec![Edit::set(update.max_surge_node, max.json())];
        finding.unsafe_fix(help, edits);
        Ok(())
    }
}
