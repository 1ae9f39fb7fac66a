use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::policies::prelude::*;
use crate::settings::{Range, ServiceClassLabel};

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects
///
/// - whose least number of pods is outside the range of the service class of what they scale: 2 to 5 pods for a `core`
///   workload, 1 to 3 for a `nonCore` one. The class is a label of the workload or its pods; without it a workload is a core
///   one. `minReplicas` that is absent is 1, and so is KEDA's `minReplicaCount` when it is absent or 0: a workload that is
///   scaled to nothing has one pod while there is work;
/// - whose greatest number of pods leaves nothing to add: `maxReplicas` has to be more than `minReplicas` by `minSpread`.
///
/// An autoscaler that KEDA made is its ScaledObject's affair.
///
/// ## Why
/// The least number is what is there at the worst moment: at night, when a node dies, when a rollout goes wrong. One pod of
/// a service that people wait for is no pod while it restarts. The other way round, a high least number is paid for at any
/// hour, and is mostly written by somebody who doesn't trust the autoscaler: the metric or its target wants fixing then.
/// An autoscaler whose greatest number is its least adds nothing when the load comes, and looks as if it did.
///
/// ## What to write
/// ```yaml
/// spec:
///   minReplicas: 2
///   maxReplicas: 10
/// ```
///
/// ## Limits
/// Only the autoscaler is told, not the workload whose label says the class: else a class could never be changed, since
/// whichever of the two comes first would not fit the other. The least number of an autoscaler whose target isn't there yet
/// is not checked until it is next changed or audited. In a cluster only Deployments and StatefulSets are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerReplicaRange {
    /// The least number of pods of core workloads, as `{min, max}`.
    pub core: Range<NonZeroU16>,
    /// The least number of pods of other workloads, as `{min, max}`.
    pub non_core: Range<NonZeroU16>,
    /// By how much the greatest number of pods has to be more than the least; 0 asks for nothing.
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
        title: "Autoscalers keep as many pods as the service class asks for, and can add some",
        why: "the least number of pods is all that is there at the worst moment, and the greatest is all that can come",
        help: "set the least number of pods within the range of the service class, and the greatest above it",
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
            // There may be something to say all the same.
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let wanted = known.as_ref().map_or(min, |(class, _)| class.choose(core, non_core).clamp(min));
        // What the greatest number has to be once the least is fixed, too.
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
            let (least, _) = written(&autoscaler, min)?;
            let left = match max.saturating_sub(min) {
                ..=0 => " leaves no pod to add to ".to_owned(),
                1 => " leaves only 1 pod to add to ".to_owned(),
                left => text![" leaves only ", left.to_string(), " pods to add to "],
            };
            let message = text![autoscaler.max_field(), ": ", max.to_string(), left, least];
            let order = text!["set ", autoscaler.max_field(), " to ", enough.to_string()];
            out.report(autoscaler.max_node(), message).help(text![order, " or more"]).unsafe_fix(order, vec![raise]);
        }
        match unknown {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

/// The least number of pods as it is written, and whether that is the default: `minReplicas: 1`, `, the default,`.
fn written(autoscaler: &Autoscaler<'_>, min: i64) -> Result<(String, &'static str), CheckError> {
    let written = autoscaler.min_node().int()?;
    let default = if autoscaler.is_scaled_object() { 0 } else { min };
    let text = text![autoscaler.min_field(), ": ", written.unwrap_or(default).to_string()];
    Ok((text, if written.is_some() { "" } else { ", the default," }))
}
