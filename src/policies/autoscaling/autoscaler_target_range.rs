use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::utilizations;
use crate::policies::autoscaling::scaling_rules::resource_title;
use crate::policies::prelude::*;
use crate::settings::{Range, ServiceClassLabel};

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects whose target utilization is outside the range for the target's
/// service class: 60 to 70% of the requests for `core` workloads, 80 to 90% for `nonCore` ones. The class is a label on the
/// workload or its pods; without it a workload is core. `Resource` and `ContainerResource` metrics count,
/// `targetCPUUtilizationPercentage` in autoscaling/v1, and KEDA's `cpu` and `memory` triggers. An autoscaler without metrics
/// defaults to 80% CPU utilization and is checked with that.
///
/// A target below the range only costs money and is reported with severity low.
///
/// Absolute amounts and other metrics have no range. HorizontalPodAutoscalers created by KEDA are skipped: their
/// ScaledObject is checked instead.
///
/// ## Why
/// When load rises, new pods take a minute or two: the metric must be collected, a node found, the image pulled, the process
/// started. The headroom between the target and 100% has to last that long. At 90% there is next to none, and the service is
/// slow just when it is needed; at 40% more than half of the capacity you pay for is idle. A latency-sensitive service needs
/// more headroom than background work.
///
/// ## What to write
/// ```yaml
/// metrics:
///   - type: Resource
///     resource:
///       name: cpu
///       target: {type: Utilization, averageUtilization: 65}
/// ```
/// For background work, label the workload:
/// ```yaml
/// metadata:
///   labels:
///     plimsoll.dev/service-class: nonCore
/// ```
///
/// ## Limits
/// Only the autoscaler is reported, not the workload whose label sets the class: otherwise the class could never be changed,
/// because whichever of the two is applied first would not match the other. If the target does not exist yet, the autoscaler
/// is checked when it is next changed or audited. In a cluster only Deployments and StatefulSets are looked up. Metrics in
/// annotations of autoscaling/v1 objects are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerTargetRange {
    /// The accepted target utilization for core workloads in percent of the requests, as `{min, max}`.
    pub core: Range<NonZeroU16>,
    /// The accepted target utilization for other workloads in percent of the requests, as `{min, max}`.
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
    /// CPU
    Cpu,
    /// Memory
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
        title: "Autoscaler target utilization suits the service class",
        why: "a high target leaves no headroom until new pods are ready, and a low one pays for idle pods",
        help: "set the target utilization within the range for the service class",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
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
            // A target that suits both classes needs no look-up.
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
            let wanted = range.clamp(percentage);
            let message = text![
                resource_title(metric.resource),
                " target ",
                percentage.to_string(),
                "%",
                container,
                default,
                " is ",
                bound.title(),
                "% for class ",
                class.name(),
            ];
            let order = text!["set ", metric.field(), " to ", wanted.to_string()];
            let mut finding = out.report(metric.amount_node, message).related(related.clone());
            if percentage < wanted {
                // Too much headroom costs money, never an outage.
                finding = finding.severity(Severity::Low).why("much of the capacity that is paid for is idle");
            }
            finding.unsafe_fix(order, vec![metric.set_percentage(wanted)]);
        }
        Ok(())
    }
}
