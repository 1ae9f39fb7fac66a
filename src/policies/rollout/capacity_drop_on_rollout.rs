use crate::kube::percent::IntOrPercent;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments whose rolling update may take pods away before their successors are ready: `maxUnavailable` is not
/// 0. Where it is absent it is 25%, which rounds down: of four pods it takes one, of three none yet. In `resolved` mode only those where it comes to at least one pod of those that there
/// are: the autoscaler's `minReplicas`, else `replicas`.
///
/// ## Why
/// Every rollout, at whatever hour, takes that share of the capacity away while the rest carries all the traffic. With
/// `maxUnavailable: 0` a pod goes only when a new one has become ready, and a release that never becomes ready costs
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
/// `resolved` looks at the least number of pods. When an autoscaler has added more, a percentage may come to a pod after
/// all; `literal` doesn't depend on that. `Recreate` is another policy's affair.
///
/// Pods that are added first need room: where a quota or the number of nodes allows no pod more, or where the pods hold
/// what only one can hold (a volume that is ReadWriteOnce, a port of the node), the rollout would wait for ever. Exempt
/// those.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CapacityDropOnRollout {
    /// What counts: `literal` wants `maxUnavailable: 0` to be written; `resolved` is content when the percentage comes to
    /// no pod at the least number of pods.
    pub mode: Mode,
}

/// What counts as taking pods away.
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
        title: "Rollouts add pods before they take any away",
        why: "the pods that are left carry all the traffic during every rollout",
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
        // Together with maxSurge: 0, which could neither add nor take away, the API refuses it.
        if update.max_unavailable.is_zero() {
            return Ok(());
        }
        let written = match update.max_unavailable {
            IntOrPercent::Int(count) => count.to_string(),
            IntOrPercent::Percent(percent) => text![percent.to_string(), "%"],
        };
        let is_default = if update.max_unavailable_node.exists() { "" } else { ", the default," };
        let field = text!["maxUnavailable: ", written, is_default];
        let mut related = None;
        let any = match update.max_unavailable {
            // Rounded down, it comes to nothing for fewer pods.
            IntOrPercent::Percent(percent) if (1..=50).contains(&percent) => {
                let least = 100_u64.div_ceil(percent.unsigned_abs()).to_string();
                text![field, " lets a rollout of ", least, " or more pods take some away before new ones are ready"]
            }
            _ => text![field, " lets a rollout take pods away before new ones are ready"],
        };
        let message = match self.mode {
            Mode::Literal => any,
            Mode::Resolved => match expected_pods(cx, &workload) {
                // A number, unlike a percentage, comes to a pod whatever an autoscaler may say.
                Err(CheckError::Inventory(InventoryError::NotGiven { .. }))
                    if matches!(update.max_unavailable, IntOrPercent::Int(_)) =>
                {
                    any
                }
                answer => {
                    let expected = answer?;
                    let taken = update.unavailable(expected.pods);
                    if taken == 0 {
                        return Ok(());
                    }
                    related = expected.autoscaler.is_some().then(|| expected.related(&workload));
                    let (taken, pods) = (taken.to_string(), expected.pods.to_string());
                    text![field, " lets a rollout take ", taken, " of ", pods, " pods away before new ones are ready"]
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
