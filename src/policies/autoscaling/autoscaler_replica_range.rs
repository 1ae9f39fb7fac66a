use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::policies::prelude::*;
use crate::settings::{Bound, Range, ServiceClassLabel};

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects whose maximum leaves no room to scale: `maxReplicas` must exceed
/// `minReplicas` by at least `minSpread`.
///
/// With `core` or `nonCore` set, also reports those whose minimum is outside the range for the target's service class. The
/// class is a label on the workload or its pods; without it a workload is core. Autoscalers that scale to zero are not
/// reported for their minimum: `minReplicas: 0`, and KEDA's `minReplicaCount` and `idleReplicaCount` when they are 0, or
/// absent. A minimum of one pod is reported by `single-replica`.
///
/// HorizontalPodAutoscalers created by KEDA are skipped: their ScaledObject is checked instead. ScaledObjects that are paused
/// at a number of pods are skipped too.
///
/// ## Why
/// An autoscaler whose maximum equals its minimum never scales, though it looks as if it did. The minimum is all that runs at
/// the worst moment: at night, when a node fails, when a rollout goes wrong. A high minimum, on the other hand, costs money
/// around the clock and often hides a metric or target that should be fixed instead.
///
/// ## What to write
/// ```yaml
/// spec:
///   minReplicas: 2
///   maxReplicas: 10
/// ```
///
/// ## Limits
/// The fix raises a minimum or a maximum, and never lowers one: only load tests show that fewer pods are enough.
///
/// Only the autoscaler is reported, not the workload whose label sets the class: otherwise the class could never be changed,
/// because whichever of the two is applied first would not match the other. If the target does not exist yet, the minimum is
/// checked when the autoscaler is next changed or audited. In a cluster only Deployments and StatefulSets are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerReplicaRange {
    /// The accepted range for the minimum of core workloads, as `{min, max}`; open on a side that is left out.
    pub core: Range<NonZeroU16>,
    /// The accepted range for the minimum of other workloads, as `{min, max}`; open on a side that is left out.
    pub non_core: Range<NonZeroU16>,
    /// How far the maximum must be above the minimum; 0 turns this check off.
    pub min_spread: u16,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for AutoscalerReplicaRange {
    fn default() -> AutoscalerReplicaRange {
        AutoscalerReplicaRange {
            core: Range::default(),
            non_core: Range::default(),
            min_spread: 1,
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for AutoscalerReplicaRange {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-replica-range",
        title: "Autoscalers have room to scale, and a minimum that suits the service class",
        why: "an autoscaler without room adds no pods under load, and its minimum is all that runs when pods fail",
        help: "set the maximum above the minimum, and the minimum within the range for the service class",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() || autoscaler.paused_pods()?.is_some() {
            return Ok(());
        }
        let to_zero = autoscaler.scales_to_zero()?;
        // From zero to one pod is room to scale.
        let min = if to_zero { 0 } else { autoscaler.min_pods()? };
        let max = autoscaler.max_pods()?;
        let [core, non_core] = [self.core, self.non_core].map(|range| range.map(|pods| i64::from(pods.get())));
        let suits_both = to_zero || core.broken_by(min).is_none() && non_core.broken_by(min).is_none();
        let known = if suits_both { Ok(None) } else { self.service_class_label.class_of_target(cx, &autoscaler) };
        let (known, unknown) = match known {
            Ok(known) => (known, None),
            // The maximum can be checked without the class.
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let wanted = known.as_ref().map_or(min, |(class, _)| class.choose(core, non_core).clamp(min));
        // The maximum that suffices after the minimum has been fixed.
        let enough = min.max(wanted).saturating_add(i64::from(self.min_spread));
        let raise = Edit::set(autoscaler.max_node(), enough);

        if let Some((class, related)) = known
            && let Some(bound) = class.choose(core, non_core).broken_by(min)
        {
            let default = if autoscaler.min_node().exists() { "" } else { ", the default," };
            let message = text![written(&autoscaler, min), default, " is ", bound.title(), " for class ", class.name()];
            let mut order = text!["set ", autoscaler.min_field(), " to ", wanted.to_string()];
            let mut edits = vec![Edit::set(autoscaler.min_node(), wanted)];
            let finding = out.report(autoscaler.min_node(), message).related(related);
            if let Bound::Above(_) = bound {
                finding.help(text![order, " if the load allows"]);
            } else {
                if max.is_some_and(|max| max.saturating_sub(wanted) < i64::from(self.min_spread)) {
                    order = text![order, " and ", autoscaler.max_field(), " to ", enough.to_string()];
                    edits.push(raise.clone());
                }
                finding.unsafe_fix(order, edits);
            }
        }
        if let Some(max) = max.filter(|max| max.saturating_sub(min) < i64::from(self.min_spread)) {
            let min_text = written(&autoscaler, min);
            let (max_field, max_text) = (autoscaler.max_field(), max.to_string());
            let message = match max.saturating_sub(min) {
                ..0 => {
                    let by = if autoscaler.is_scaled_object() { "KEDA" } else { "the API server" };
                    text![max_field, ": ", max_text, " is below ", min_text, "; ", by, " rejects this"]
                }
                0 => text![max_field, ": ", max_text, " equals ", min_text, ", so no pods can be added"],
                1 => text![max_field, ": ", max_text, " allows only 1 more pod than ", min_text],
                more => {
                    text![max_field, ": ", max_text, " allows only ", more.to_string(), " more pods than ", min_text]
                }
            };
            let order = text!["set ", autoscaler.max_field(), " to ", enough.to_string()];
            out.report(autoscaler.max_node(), message).help(text![order, " or more"]).unsafe_fix(order, vec![raise]);
        }
        match unknown {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

/// The minimum with its field: `minReplicas: 1`.
fn written(autoscaler: &Autoscaler<'_>, min: i64) -> String {
    text![autoscaler.min_field(), ": ", min.to_string()]
}
