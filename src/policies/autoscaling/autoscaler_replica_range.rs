use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::policies::prelude::*;
use crate::settings::{Range, ServiceClassLabel};

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects
///
/// - whose minimum is outside the range for the target's service class: 2 to 5 pods for `core` workloads, 1 to 3 for
///   `nonCore` ones. The class is a label on the workload or its pods; without it a workload is core. `minReplicas` defaults
///   to 1. KEDA's `minReplicaCount` counts as 1 when it is absent or 0, since a workload scaled to zero runs one pod while
///   there is work;
/// - whose maximum leaves no room to scale: `maxReplicas` must exceed `minReplicas` by at least `minSpread`.
///
/// HorizontalPodAutoscalers created by KEDA are skipped: their ScaledObject is checked instead.
///
/// ## Why
/// The minimum is all that runs at the worst moment: at night, when a node fails, when a rollout goes wrong. A service with
/// one pod is down while that pod restarts. A high minimum, on the other hand, costs money around the clock and often hides
/// a metric or target that should be fixed instead. An autoscaler whose maximum equals its minimum never scales, though it
/// looks as if it did.
///
/// ## What to write
/// ```yaml
/// spec:
///   minReplicas: 2
///   maxReplicas: 10
/// ```
///
/// ## Limits
/// Only the autoscaler is reported, not the workload whose label sets the class: otherwise the class could never be changed,
/// because whichever of the two is applied first would not match the other. If the target does not exist yet, the minimum is
/// checked when the autoscaler is next changed or audited. In a cluster only Deployments and StatefulSets are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerReplicaRange {
    /// The accepted range for the minimum of core workloads, as `{min, max}`.
    pub core: Range<NonZeroU16>,
    /// The accepted range for the minimum of other workloads, as `{min, max}`.
    pub non_core: Range<NonZeroU16>,
    /// How far the maximum must be above the minimum; 0 turns this check off.
    pub min_spread: u16,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for AutoscalerReplicaRange {
    fn default() -> AutoscalerReplicaRange {
        let pods = |pods: u16| NonZeroU16::MIN.saturating_add(pods - 1);
        AutoscalerReplicaRange {
            core: Range::new(pods(2), pods(5)),
            non_core: Range::new(pods(1), pods(3)),
            min_spread: 1,
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for AutoscalerReplicaRange {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-replica-range",
        title: "Autoscaler minimum suits the service class, and the maximum leaves room to scale",
        why: "the minimum is all that runs when pods fail, and the maximum is all that can be added under load",
        help: "set the minimum within the range for the service class, and the maximum above it",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let (min, max) = (autoscaler.min_pods()?, autoscaler.max_pods()?);
        let [core, non_core] = [self.core, self.non_core].map(|range| range.map(|pods| i64::from(pods.get())));
        let suits_both = core.broken_by(min).is_none() && non_core.broken_by(min).is_none();
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
        let raise = Edit::set(autoscaler.max_node(), json!(enough));

        if let Some((class, related)) = known
            && let Some(bound) = class.choose(core, non_core).broken_by(min)
        {
            let (written, default) = written(&autoscaler, min)?;
            let message = text![written, default, " is ", bound.title(), " for class ", class.name()];
            let mut order = text!["set ", autoscaler.min_field(), " to ", wanted.to_string()];
            let mut edits = vec![Edit::set(autoscaler.min_node(), json!(wanted))];
            if max.is_some_and(|max| max.saturating_sub(wanted) < i64::from(self.min_spread)) {
                order = text![order, " and ", autoscaler.max_field(), " to ", enough.to_string()];
                edits.push(raise.clone());
            }
            out.report(autoscaler.min_node(), message).help(order.clone()).related(related).unsafe_fix(order, edits);
        }
        if let Some(max) = max.filter(|max| max.saturating_sub(min) < i64::from(self.min_spread)) {
            let (min_text, _) = written(&autoscaler, min)?;
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

/// The minimum as it is written, and a note when that is the default: `minReplicas: 1`, `, the default,`.
fn written(autoscaler: &Autoscaler<'_>, min: i64) -> Result<(String, &'static str), CheckError> {
    let written = autoscaler.min_node().int()?;
    let default = if autoscaler.is_scaled_object() { 0 } else { min };
    let text = text![autoscaler.min_field(), ": ", written.unwrap_or(default).to_string()];
    Ok((text, if written.is_some() { "" } else { ", the default," }))
}
