//! What the policies share that judge an autoscaler together with the pods that it scales.

use crate::inventory::Found;
use crate::json::node::{Malformed, Node};
use crate::kube::autoscaler::Scaler;
use crate::kube::container::Container;
use crate::kube::metric::{ResourceMetric, resource_metrics};
use crate::kube::pod::Pod;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{scalers_of, target_of};
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::{Draft, Findings, Related};

/// An autoscaler and the workload that it scales, one of them the judged object.
pub(super) struct Pair<'p> {
    pub(super) scaler: Scaler<'p>,
    pub(super) workload: Workload<'p>,
    pub(super) pod: &'p Pod<'p>,
    /// Whether the workload is judged, and not the autoscaler.
    workload_is_judged: bool,
}

/// What is wrong with a metric, seen from either side.
pub(super) struct Fault<'p> {
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
    /// Reports the fault at the judged object, and points at the other; the answer takes what mends the autoscaler, and is
    /// `None` when that isn't judged.
    pub(super) fn report<'f>(&self, fault: Fault<'_>, help: String, out: &'f mut Findings) -> Option<Draft<'f>> {
        if self.workload_is_judged {
            let title = self.scaler.title();
            let message = [&title, " ", &fault.message].concat();
            let note = ["scales by ", fault.resource].concat();
            let related = Related::to(self.scaler.kind(), fault.metric, self.scaler.object(), note);
            // What KEDA made, KEDA sets back.
            let of = if self.scaler.is_made_by_keda() { "in the ScaledObject of " } else { "in " };
            let help = [of, &title, " ", &help].concat();
            let draft = out.report(fault.place, message).help(help).related(related);
            if let Some(container) = fault.container {
                draft.container(container);
            }
            return None;
        }
        let related = Related::to(self.workload.kind(), fault.place, self.workload.object(), fault.note);
        Some(out.report(fault.metric, fault.message).help(help).related(related))
    }
}

/// What judges one pair by some metrics of its autoscaler.
type Judge<'j> = dyn FnMut(&Pair<'_>, &[ResourceMetric<'_>]) -> Result<(), CheckError> + 'j;

/// Judges the metrics that are `wanted` with the pods that they are about: of the judged autoscaler, or, in a cluster, of
/// all autoscalers of the judged workload. Among files the autoscaler is told, where the metric is written.
pub(super) fn judge_pairs(
    cx: &Context<'_>,
    wanted: &dyn Fn(&ResourceMetric<'_>) -> bool,
    judge: &mut Judge<'_>,
) -> Result<(), CheckError> {
    if let Some(scaler) = Scaler::of(cx.object(), cx.kind()) {
        if scaler.is_made_by_keda() {
            return Ok(());
        }
        let metrics = scaled_by(&scaler, wanted)?;
        if metrics.is_empty() {
            return Ok(());
        }
        let Some(found) = target_of(cx, &scaler)? else { return Ok(()) };
        let object = found.root(cx.trails());
        let Some(workload) = Workload::of(object, found.kind) else { return Ok(()) };
        let Some(pod) = Pod::of(object, found.kind).map_err(|malformed| found.unreadable(&malformed))? else {
            return Ok(());
        };
        let pair = Pair { scaler, workload, pod: &pod, workload_is_judged: false };
        return judge(&pair, &metrics).map_err(|error| blame(error, &found));
    }
    if cx.judged_together() {
        return Ok(());
    }
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
    let Some(pod) = cx.pod()? else { return Ok(()) };
    for found in scalers_of(cx, &workload)? {
        let Some(scaler) = Scaler::of(found.root(cx.trails()), found.kind) else { continue };
        let metrics = scaled_by(&scaler, wanted).map_err(|malformed| found.unreadable(&malformed))?;
        judge(&Pair { scaler, workload, pod, workload_is_judged: true }, &metrics)?;
    }
    Ok(())
}

/// The wanted metrics, whose amounts can be read from here on.
fn scaled_by<'a>(
    scaler: &Scaler<'a>,
    wanted: &dyn Fn(&ResourceMetric<'_>) -> bool,
) -> Result<Vec<ResourceMetric<'a>>, Malformed> {
    let mut metrics = resource_metrics(scaler)?;
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
