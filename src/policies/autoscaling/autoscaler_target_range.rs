use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::utilizations;
use crate::policies::prelude::*;
use crate::settings::{Range, ServiceClassLabel};

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects whose target utilization is outside the range of the service
/// class of what they scale. A `core` workload should be at 60 to 70 % of its requests, a `nonCore` one at 80 to 90 %. The
/// class is a label of the workload or its pods; without it a workload is a core one. `Resource` and `ContainerResource`
/// metrics count, the field `targetCPUUtilizationPercentage` of autoscaling/v1, and KEDA's triggers of `cpu` and `memory`.
/// An autoscaler without any metric scales at 80 % of the processor time, and is checked by that.
///
/// Absolute amounts and other metrics have no range. An autoscaler that KEDA made is its ScaledObject's affair.
///
/// ## Why
/// New pods take a minute or two from the moment the load rises: it has to be measured, a node found, an image pulled, a
/// process started. What lies between the target and 100 % has to last for so long. At 90 % there is next to nothing, and
/// the service is slow at the very time at which it is wanted; at 40 % more than half of what is paid for stands idle all
/// day. A service that people wait for deserves more room than one that may be late.
///
/// ## What to write
/// ```yaml
/// metrics:
///   - type: Resource
///     resource:
///       name: cpu
///       target: {type: Utilization, averageUtilization: 65}
/// ```
/// And for a workload that can wait, on the workload:
/// ```yaml
/// metadata:
///   labels:
///     plimsoll.dev/service-class: nonCore
/// ```
///
/// ## Limits
/// Only the autoscaler is told, not the workload whose label says the class: else a class could never be changed, since
/// whichever of the two comes first would not fit the other. An autoscaler whose target isn't there yet is not checked until
/// it is next changed or audited. In a cluster only Deployments and StatefulSets are looked up. Metrics that autoscaling/v1
/// keeps in an annotation are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerTargetRange {
    /// The target for core workloads in percent of their requests, as `{min, max}`.
    pub core: Range<NonZeroU16>,
    /// The target for other workloads in percent of their requests, as `{min, max}`.
    pub non_core: Range<NonZeroU16>,
    /// The resources whose targets are checked.
    pub resources: Vec<ScaledResource>,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

/// A resource that an autoscaler can scale by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum ScaledResource {
    /// The processor's time.
    Cpu,
    /// The working memory.
    Memory,
}

impl ScaledResource {
    fn name(self) -> &'static str {
        match self {
            ScaledResource::Cpu => "cpu",
            ScaledResource::Memory => "memory",
        }
    }
}

impl Default for AutoscalerTargetRange {
    fn default() -> AutoscalerTargetRange {
        let percent = |percent: u16| NonZeroU16::MIN.saturating_add(percent - 1);
        AutoscalerTargetRange {
            core: Range::new(percent(60), percent(70)),
            non_core: Range::new(percent(80), percent(90)),
            resources: vec![ScaledResource::Cpu],
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for AutoscalerTargetRange {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-target-range",
        title: "Autoscalers aim at a utilization that suits the service class",
        why: "too high a target leaves no room until new pods have started, and too low a one pays for idle pods",
        help: "set the target utilization within the range of the service class",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_CPU],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let [core, non_core] = [self.core, self.non_core].map(|range| range.map(|percent| i64::from(percent.get())));
        let mut outside = Vec::new();
        for metric in utilizations(&autoscaler)? {
            if !self.resources.iter().any(|resource| resource.name() == metric.resource) {
                continue;
            }
            let Some(percentage) = metric.percentage()? else { continue };
            // What suits both classes needs no class.
            if core.broken_by(percentage).is_some() || non_core.broken_by(percentage).is_some() {
                outside.push((metric, percentage));
            }
        }
        if outside.is_empty() {
            return Ok(());
        }
        let Some((class, related)) = self.service_class_label.class_of_target(cx, &autoscaler)? else { return Ok(()) };
        let range = class.choose(core, non_core);
        for (metric, percentage) in outside {
            let Some(bound) = range.broken_by(percentage) else { continue };
            let container = metric.container.map(|name| text![" of container \"", name, "\""]).unwrap_or_default();
            let default = if metric.is_default() { ", the default," } else { "" };
            let (written, wanted) = (percentage.to_string(), range.clamp(percentage));
            let message = [
                &written,
                "% ",
                metric.resource,
                " utilization",
                &container,
                default,
                " is ",
                &bound.title(),
                "% for class ",
                class.name(),
            ];
            let order = text!["set ", metric.field(), " to ", wanted.to_string()];
            out.report(metric.amount_node, message.concat())
                .help(order.clone())
                .related(related.clone())
                .unsafe_fix(order, vec![metric.set_percentage(wanted)]);
        }
        Ok(())
    }
}
