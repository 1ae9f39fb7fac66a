//! What the policies share that check an autoscaler together with the pods that it scales.

use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::{ResourceMetric, resource_metrics};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{autoscalers_of, target_of};
use crate::policies::prelude::*;

/// An autoscaler and the workload that it scales, one of them the checked object.
pub(super) struct Pair<'p> {
    pub(super) autoscaler: Autoscaler<'p>,
    pub(super) workload: Workload<'p>,
    pub(super) pod: &'p Pod<'p>,
    /// Whether the workload is checked, and not the autoscaler.
    workload_is_checked: bool,
}

/// What is wrong with a metric, seen from either side.
pub(super) struct Violation<'p> {
    /// What the autoscaler does that doesn't suit the pod, as what follows its name: `averages cpu over 2 containers`.
    pub(super) message: String,
    /// What the metric is about.
    pub(super) resource: &'p str,
    /// Where the autoscaler does it.
    pub(super) metric: Node<'p>,
    /// What of the pod doesn't suit it, in a few words.
    pub(super) note: String,
    /// Where the pod has it.
    pub(super) place: Node<'p>,
    /// The container that has it, if it is one.
    pub(super) container: Option<&'p Container<'p>>,
}

impl Pair<'_> {
    /// Reports the fault at the checked object, and points at the other; the answer takes what fixes the autoscaler, and is
    /// `None` when that isn't checked.
    pub(super) fn report<'f>(
        &self,
        violation: Violation<'_>,
        help: String,
        out: &'f mut Findings,
    ) -> Option<FindingBuilder<'f>> {
        if self.workload_is_checked {
            let title = self.autoscaler.title();
            let message = text![title, " ", violation.message];
            let note = text!["scales by ", violation.resource];
            let related = Related::to(self.autoscaler.kind(), violation.metric, self.autoscaler.object(), note);
            // What KEDA made, KEDA sets back.
            let of = if self.autoscaler.is_made_by_keda() { "in the ScaledObject of " } else { "in " };
            let help = text![of, title, " ", help];
            let finding = out.report(violation.place, message).help(help).related(related);
            if let Some(container) = violation.container {
                finding.container(container);
            }
            return None;
        }
        let related = Related::to(self.workload.kind(), violation.place, self.workload.object(), violation.note);
        Some(out.report(violation.metric, violation.message).help(help).related(related))
    }
}

/// What checks one pair by some metrics of its autoscaler.
type CheckPair<'j> = dyn FnMut(&Pair<'_>, &[ResourceMetric<'_>]) -> Result<(), CheckError> + 'j;

/// Checks the metrics that are `wanted` with the pods that they are about: of the checked autoscaler, or, in a cluster, of
/// all autoscalers of the checked workload. Among files the autoscaler is told, where the metric is written.
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

/// The wanted metrics, whose amounts can be read from here on.
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

/// What is malformed is the pod that was looked up, since the metrics have been read.
fn blame(error: CheckError, found: &Found) -> CheckError {
    match error {
        CheckError::Malformed(malformed) => found.unreadable(&malformed).into(),
        error => error,
    }
}
