//! Shared by the policies that check an autoscaler together with the pods it scales.

use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::{ResourceMetric, resource_metrics};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{autoscalers_of, target_of};
use crate::policies::prelude::*;

/// How messages name a resource.
pub(super) fn resource_title(resource: &str) -> &str {
    if resource == "cpu" { "CPU" } else { resource }
}

/// The scaling behavior of the checked autoscaler; `None` in autoscaling/v1, and when KEDA keeps it in line with a ScaledObject.
pub(super) fn behavior<'a>(cx: &Context<'a>, autoscaler: &Autoscaler<'_>) -> Result<Option<Node<'a>>, Malformed> {
    let spec = cx.spec().mapping()?;
    let behavior = if autoscaler.is_scaled_object() {
        spec.dig(&["advanced", "horizontalPodAutoscalerConfig", "behavior"])
    } else if cx.object().get("apiVersion").str()? == Some("autoscaling/v1") || autoscaler.is_made_by_keda() {
        return Ok(None);
    } else {
        spec.get("behavior")
    };
    behavior.mapping().map(Some)
}

/// An autoscaler and the workload that it scales, one of them the checked object.
pub(super) struct Pair<'p> {
    pub(super) autoscaler: Autoscaler<'p>,
    pub(super) workload: Workload<'p>,
    pub(super) pod: &'p Pod<'p>,
    /// Whether the workload is the checked object, not the autoscaler.
    workload_is_checked: bool,
}

/// A metric that doesn't suit the pod, seen from either side.
pub(super) struct Violation<'p> {
    /// What is wrong; on the workload it follows the autoscaler's name and a colon.
    pub(super) message: String,
    /// The resource that the metric measures.
    pub(super) resource: &'p str,
    /// The place of the metric.
    pub(super) metric: Node<'p>,
    /// What doesn't suit the metric in the pod, in a few words.
    pub(super) note: String,
    /// Its place in the pod.
    pub(super) place: Node<'p>,
    /// The container it is in, if it is a single one.
    pub(super) container: Option<&'p Container<'p>>,
}

impl Pair<'_> {
    /// Reports the violation on the checked object, with the other as a related place. Returns the finding, to add a fix,
    /// if the autoscaler is the checked object.
    pub(super) fn report<'f>(
        &self,
        violation: Violation<'_>,
        help: String,
        out: &'f mut Findings,
    ) -> Option<FindingBuilder<'f>> {
        if self.workload_is_checked {
            let title = self.autoscaler.title();
            let message = text![title, ": ", violation.message];
            let note = text!["scales on ", resource_title(violation.resource)];
            let related = Related::to(self.autoscaler.kind(), violation.metric, self.autoscaler.object(), note);
            // KEDA reverts changes to the HorizontalPodAutoscalers it creates.
            let of = if self.autoscaler.is_made_by_keda() { "in the ScaledObject of " } else { "in " };
            let help = text![of, title, " ", help];
            let cause = text![title, " ", violation.resource];
            let finding = out.report(violation.place, message).recognised_by(cause).help(help).related(related);
            if let Some(container) = violation.container {
                finding.container(container);
            }
            return None;
        }
        let related = Related::to(self.workload.kind(), violation.place, self.workload.object(), violation.note);
        Some(out.report(violation.metric, violation.message).help(help).related(related))
    }
}

/// Checks one pair by some metrics of its autoscaler.
type CheckPair<'c> = dyn FnMut(&Pair<'_>, &[ResourceMetric<'_>]) -> Result<(), CheckError> + 'c;

/// Checks the `wanted` metrics against the pods they measure: those of the checked autoscaler, or, in a cluster, those of
/// all autoscalers of the checked workload. Among files the finding is reported on the autoscaler.
pub(super) fn check_pairs(
    cx: &Context<'_>,
    wanted: &dyn Fn(&ResourceMetric<'_>) -> bool,
    report: &mut CheckPair<'_>,
) -> Result<(), CheckError> {
    if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let metrics = scaled_by(&autoscaler, wanted)?;
        if metrics.is_empty() {
            return Ok(());
        }
        let Some(found) = target_of(cx, &autoscaler)? else { return Ok(()) };
        let object = cx.node(&found);
        let Some(workload) = Workload::of(object, found.kind) else { return Ok(()) };
        let Some(pod) = Pod::of(object, found.kind).map_err(|malformed| found.unreadable(&malformed))? else {
            return Ok(());
        };
        let pair = Pair { autoscaler, workload, pod: &pod, workload_is_checked: false };
        return report(&pair, &metrics).map_err(|error| blame(error, &found));
    }
    if cx.is_batch() {
        return Ok(());
    }
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
    let Some(pod) = cx.pod()? else { return Ok(()) };
    for found in autoscalers_of(cx, &workload)? {
        let Some(autoscaler) = Autoscaler::of(cx.node(&found), found.kind) else { continue };
        let metrics = scaled_by(&autoscaler, wanted).map_err(|malformed| found.unreadable(&malformed))?;
        report(&Pair { autoscaler, workload, pod, workload_is_checked: true }, &metrics)?;
    }
    Ok(())
}

/// The wanted metrics, with readable amounts.
fn scaled_by<'a>(
    autoscaler: &Autoscaler<'a>,
    wanted: &dyn Fn(&ResourceMetric<'_>) -> bool,
) -> Result<Vec<ResourceMetric<'a>>, Malformed> {
    let mut metrics = resource_metrics(autoscaler)?;
    metrics.retain(|metric| wanted(metric));
    for metric in &metrics {
        metric.percentage()?;
        metric.average()?;
    }
    Ok(metrics)
}

/// Attributes malformed fields to the workload that was looked up, since the metrics have been read already.
fn blame(error: CheckError, found: &Found) -> CheckError {
    match error {
        CheckError::Malformed(malformed) => found.unreadable(&malformed).into(),
        error => error,
    }
}
