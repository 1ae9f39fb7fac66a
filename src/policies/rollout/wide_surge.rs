use crate::kube::exclusive::Exclusive;
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;
use crate::settings::PodAmount;

/// ## What it does
/// Reports Deployments whose `maxSurge` is more than `max`. A percentage is compared with a percentage, and a number with a
/// number, as written; if two percentages are the same number of pods, the finding is only `info`. Otherwise both are resolved for the actual number of pods, the autoscaler's `minReplicas` or else
/// `replicas`, and rounded up: a surge of one pod never exceeds 25%.
///
/// `maxSurge: 0` together with `maxUnavailable: 0` is reported too: such an update could neither add nor remove a pod, and the
/// API server rejects it.
///
/// ## Why
/// During a rollout the extra pods need room. Too many at once wait for new nodes, exceed the namespace's quota, and all open
/// database connections, fill their caches and pull their image in the same minute, while the old ones still run.
///
/// ## What to write
/// ```yaml
/// strategy:
///   type: RollingUpdate
///   rollingUpdate:
///     maxSurge: 25%
///     maxUnavailable: 0
/// ```
/// `maxSurge` defaults to 25%.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WideSurge {
    /// The maximum surge, as a number of pods or a percentage.
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
        title: "Rollouts start a few pods at a time",
        why: "many pods that start at once wait for nodes and overwhelm the services they connect to",
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
        // Such a Deployment's own strategy isn't used.
        if is_run_by_rollout(cx)? {
            return Ok(());
        }
        let max = self.max.get();
        let stuck = update.max_surge.is_zero() && update.max_unavailable.is_zero();
        let is = if update.max_surge_node.exists() { " is " } else { " defaults to " };
        let field = text!["maxSurge", is, update.max_surge.written()];
        let mut related = None;
        let mut severity = Self::METADATA.severity;
        let message = match (update.max_surge, max) {
            _ if stuck => "maxSurge and maxUnavailable are both 0: a rollout can't replace a single pod".to_owned(),
            (IntOrPercent::Int(surge), IntOrPercent::Int(most))
            | (IntOrPercent::Percent(surge), IntOrPercent::Percent(most)) => {
                if surge <= most {
                    return Ok(());
                }
                // Both percentages may be the same number of pods.
                let expected = match expected_pods(cx, &workload) {
                    Err(CheckError::Inventory(InventoryError::NotGiven { .. })) => None,
                    answer => Some(answer?.most),
                };
                let same = |pods| update.max_surge.rounded_up(pods) <= max.rounded_up(pods);
                if expected.is_some_and(same) {
                    severity = Severity::Info;
                }
                text![field, ", more than ", max.written()]
            }
            (surge, max) => {
                let expected = expected_pods(cx, &workload)?;
                let (pods, added) = (expected.pods, surge.rounded_up(expected.pods));
                // Without pods there is nothing to roll out.
                if pods == 0 || added <= max.rounded_up(pods) {
                    return Ok(());
                }
                related = expected.autoscaler.is_some().then(|| expected.related(&workload));
                let (added, pods) = (added.to_string(), pods.to_string());
                text![field, ": a rollout adds ", added, " pods to ", pods, ", more than ", max.written()]
            }
        };
        let mut finding = out.report(update.max_surge_node, message).severity(severity);
        if let Some(related) = related {
            finding = finding.related(related);
        }
        // If a pod can't run beside another one, the old one has to go first.
        let exclusive = cx.pod()?.map_or(Ok(None), |pod| Exclusive::of(&workload, pod, cx.namespace()))?;
        if stuck && exclusive.is_some_and(|reason| reason != Exclusive::NoSurge) {
            finding.unsafe_fix("set maxUnavailable to 1", vec![Edit::set(update.max_unavailable_node, 1)]);
            return Ok(());
        }
        if max.is_zero() && update.max_unavailable.is_zero() {
            finding.help("set maxUnavailable to 1 and maxSurge to 0");
            return Ok(());
        }
        let help = text!["set strategy.rollingUpdate.maxSurge to ", max.written()];
        if severity == Severity::Info {
            finding.help(help);
            return Ok(());
        }
        let edits = vec![Edit::set(update.max_surge_node, max.json())];
        finding.unsafe_fix(help, edits);
        Ok(())
    }
}
