use crate::kube::exclusive::Exclusive;
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::exclusive::exclusive;
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments whose rolling update may remove old pods before new ones are ready: `maxUnavailable` is not 0. It
/// defaults to 25%, rounded down: one of four pods, none of three. If it rounds down to 0 for the most pods that there may be,
/// the autoscaler's `maxReplicas` or else `replicas`, the finding is only `info`. In `resolved` mode a Deployment is reported
/// only if `maxUnavailable` is at least one pod of its actual number: the autoscaler's `minReplicas`, else `replicas`.
///
/// Not reported are workloads in which a new pod can't start before an old one is removed: singletons (labelled
/// `plimsoll.dev/singleton: "true"`), pods that share a `ReadWriteOnce` claim, bind host ports, or are kept apart by required
/// anti-affinity.
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
/// New pods that start first need room: if a quota or the number of nodes allows no extra pod, the rollout would hang. Exempt
/// such a Deployment. There is no fix if its pods use devices such as GPUs, keep a database, or mount a claim whose access modes
/// are unknown, and only an unsafe one if `maxSurge: 0` says that a new pod should not start first.
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
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::PERSISTENT_VOLUME_CLAIM],
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::ROLLING_UPDATE, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let (Some(pod), Some(update)) = (cx.pod()?, RollingUpdate::of(cx.object())?) else { return Ok(()) };
        // The API rejects it together with maxSurge: 0.
        if update.max_unavailable.is_zero() {
            return Ok(());
        }
        // Such a Deployment's own strategy isn't used.
        if is_run_by_rollout(cx)? {
            return Ok(());
        }
        let exclusive = exclusive(cx, &workload, pod)?;
        if exclusive.is_some_and(Exclusive::forbids_surge) {
            return Ok(());
        }
        // In literal mode the Deployment's `replicas` counts when the number of pods is unknown.
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. }))
                if self.mode == Mode::Literal || matches!(update.max_unavailable, IntOrPercent::Int(_)) =>
            {
                None
            }
            answer => Some(answer?),
        };
        let least = expected.as_ref().map_or(1, |expected| expected.pods);
        let most = expected.as_ref().map_or(1, |expected| expected.most);
        let is = if update.max_unavailable_node.exists() { " is " } else { " defaults to " };
        let field = text!["maxUnavailable", is, update.max_unavailable.written()];
        let removed = update.unavailable(least);
        let message = match (update.max_unavailable, &expected) {
            (_, Some(_)) if self.mode == Mode::Resolved => {
                if removed == 0 {
                    return Ok(());
                }
                let (removed, pods) = (removed.to_string(), least.to_string());
                text![field, ": a rollout removes ", removed, " of ", pods, " pods before new ones are ready"]
            }
            // With fewer pods it rounds down to 0.
            (IntOrPercent::Percent(percent), _) if (1..=50).contains(&percent) && !update.max_surge.is_zero() => {
                let pods = 100_u64.div_ceil(percent.unsigned_abs()).to_string();
                text![field, ": with ", pods, " or more pods, a rollout removes old pods before new ones are ready"]
            }
            _ => text![field, ": a rollout removes old pods before new ones are ready"],
        };
        let mut finding = out.report(update.max_unavailable_node, message);
        if let Some(expected) = expected.filter(|expected| expected.autoscaler.is_some())
            && self.mode == Mode::Resolved
        {
            finding = finding.related(expected.related(&workload));
        }
        if update.unavailable(most) == 0 {
            finding.severity(Severity::Info).help("set maxUnavailable to 0");
            return Ok(());
        }
        let title = "set maxUnavailable to 0";
        let mut edits = vec![Edit::set(update.max_unavailable_node, 0)];
        match exclusive {
            None => finding.safe_fix(title, edits),
            Some(Exclusive::NoSurge) => {
                edits.push(Edit::set(update.max_surge_node, "25%"));
                finding.unsafe_fix(text![title, " and maxSurge to 25%"], edits)
            }
            Some(_) => finding.help(text![title, ", if a new pod can start beside the old ones"]),
        };
        Ok(())
    }
}
