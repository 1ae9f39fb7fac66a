use crate::kube::percent::IntOrPercent;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments whose rolling update may remove old pods before new ones are ready: `maxUnavailable` is not 0. It
/// defaults to 25%, rounded down: one of four pods, none of three. In `resolved` mode a Deployment is reported only if
/// `maxUnavailable` is at least one pod of its actual number: the autoscaler's `minReplicas`, else `replicas`.
///
/// ## Why
/// Every rollout, at whatever hour, takes that share of the capacity away while the remaining pods carry all the traffic.
/// With `maxUnavailable: 0` an old pod is removed only when a new one is ready, and a release that never becomes ready costs
/// nothing.
///
/// ## What to write
/// ```yaml
/// strategy:
///   type: RollingUpdate
///   rollingUpdate:
///     maxUnavailable: 0
///     maxSurge: 25%
/// ```
///
/// ## Limits
/// `resolved` uses the minimum number of pods. Once an autoscaler has added more, a percentage may amount to a pod after all;
/// `literal` doesn't depend on that. `Recreate` is reported by `recreate-strategy`.
///
/// New pods that start first need room. If a quota or the number of nodes allows no extra pod, or if only one pod at a time can
/// hold what it needs (a ReadWriteOnce volume, a host port), the rollout would hang. Exempt those.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CapacityDropOnRollout {
    /// `literal` requires `maxUnavailable: 0`; `resolved` also accepts a percentage that rounds down to 0 at the minimum
    /// number of pods.
    pub mode: Mode,
}

/// What counts as removing pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Mode {
    /// Anything but 0.
    #[default]
    Literal,
    /// One pod or more.
    Resolved,
}

impl Policy for CapacityDropOnRollout {
    const METADATA: Metadata = Metadata {
        id: "capacity-drop-on-rollout",
        title: "Rollouts start new pods before they remove old ones",
        why: "during every rollout the remaining pods carry all the traffic",
        help: "set strategy.rollingUpdate.maxUnavailable to 0",
        category: Category::Rollout,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::DEPLOYMENT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::ROLLING_UPDATE, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(update) = RollingUpdate::of(cx.object())? else { return Ok(()) };
        // The API rejects it together with maxSurge: 0.
        if update.max_unavailable.is_zero() {
            return Ok(());
        }
        let written = match update.max_unavailable {
            IntOrPercent::Int(count) => count.to_string(),
            IntOrPercent::Percent(percent) => text![percent.to_string(), "%"],
        };
        let is = if update.max_unavailable_node.exists() { " is " } else { " defaults to " };
        let field = text!["maxUnavailable", is, written];
        let mut related = None;
        let any = match update.max_unavailable {
            // With fewer pods it rounds down to 0.
            IntOrPercent::Percent(percent) if (1..=50).contains(&percent) => {
                let least = 100_u64.div_ceil(percent.unsigned_abs()).to_string();
                text![field, ": with ", least, " or more pods, a rollout removes old pods before new ones are ready"]
            }
            _ => text![field, ": a rollout removes old pods before new ones are ready"],
        };
        let message = match self.mode {
            Mode::Literal => any,
            Mode::Resolved => match expected_pods(cx, &workload) {
                // A number, unlike a percentage, is at least one pod whatever the autoscaler's minimum.
                Err(CheckError::Inventory(InventoryError::NotGiven { .. }))
                    if matches!(update.max_unavailable, IntOrPercent::Int(_)) =>
                {
                    any
                }
                answer => {
                    let expected = answer?;
                    let removed = update.unavailable(expected.pods);
                    if removed == 0 {
                        return Ok(());
                    }
                    related = expected.autoscaler.is_some().then(|| expected.related(&workload));
                    let (removed, pods) = (removed.to_string(), expected.pods.to_string());
                    text![field, ": a rollout removes ", removed, " of ", pods, " pods before new ones are ready"]
                }
            },
        };

        let mut edits = vec![Edit::set(update.max_unavailable_node, json!(0))];
        let mut help = "set maxUnavailable to 0".to_owned();
        if update.max_surge.is_zero() {
            edits.push(Edit::set(update.max_surge_node, json!("25%")));
            help.push_str(" and maxSurge to 25%");
        }
        let finding = out.report(update.max_unavailable_node, message).safe_fix(help, edits);
        if let Some(related) = related {
            finding.related(related);
        }
        Ok(())
    }
}
