use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::utilizations;
use crate::kube::owner::is_controlled;
use crate::kube::resources;
use crate::kube::vertical::{TARGETS, Vertical};
use crate::lookup::autoscaler::autoscalers_of_target;
use crate::lookup::reference::{Target, target};
use crate::lookup::service::pod_of;
use crate::policies::prelude::*;

/// ## What it does
/// Reports VerticalPodAutoscalers that
///
/// - change the requests of pods whose number a HorizontalPodAutoscaler or ScaledObject derives from the utilization of
///   the same resource, a percentage of these requests;
/// - change the same workload as another VerticalPodAutoscaler: among files the first by name passes;
/// - target a Deployment, StatefulSet or DaemonSet that doesn't exist.
///
/// With `updateMode: "Off"` a VerticalPodAutoscaler only recommends, and with `Initial` it leaves running pods alone:
/// neither conflicts. Resources that `controlledResources` leaves out, and containers with `mode: "Off"`, don't conflict
/// either, nor do absolute targets (`averageValue`).
///
/// ## Why
/// More load raises the recommended requests, higher requests lower the utilization, and lower utilization removes pods:
/// each autoscaler undoes what the other one does. Pods are evicted and resized in a loop, and at the peak there are too
/// few of them.
///
/// ## What to write
/// ```yaml
/// apiVersion: autoscaling.k8s.io/v1
/// kind: VerticalPodAutoscaler
/// metadata:
///   name: web
/// spec:
///   targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
///   resourcePolicy:
///     containerPolicies:
///       - containerName: "*"
///         controlledResources: [memory]
/// ```
/// Beside a HorizontalPodAutoscaler on CPU. Or let it scale by requests per second, or set `updateMode: "Off"` and read
/// the recommendations.
///
/// ## Limits
/// VerticalPodAutoscalers are custom resources, which are not looked up at admission: there, a second one is not reported, and a
/// HorizontalPodAutoscaler that arrives later is found by the background audit. The target may be applied later: unless
/// `onViolation` is set, a missing one only warns on CREATE.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ConflictingAutoscalers {}

impl Policy for ConflictingAutoscalers {
    const METADATA: Metadata = Metadata {
        id: "conflicting-autoscalers",
        title: "Vertical and horizontal autoscalers don't work against each other",
        why: "each autoscaler undoes what the other one does, and pods are evicted in a loop",
        help: "leave the resource out of controlledResources, scale by another metric, or set updateMode to \"Off\"",
        category: Category::Autoscaling,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::VERTICAL_POD_AUTOSCALER],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::VERTICAL_AUTOSCALING, sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let vertical = Vertical::read(cx.object());
        let Some((kind, name)) = vertical.target()?.filter(|_| !is_controlled(cx.object())) else { return Ok(()) };
        let title = text![kind.name, " \"", name, "\""];
        let mut unknown = None;
        let mut workload = None;
        if TARGETS.contains(&kind) {
            match target(cx, kind, name) {
                Ok(Target::Found(found)) => workload = Some(found),
                Ok(Target::Created) => {}
                Ok(Target::Missing(missing)) => {
                    out.report(vertical.target_node().get("name"), text!["target ", title, " ", missing.verdict()])
                        .severity(missing.severity(Severity::Medium))
                        .why("no requests are ever changed")
                        .help("correct targetRef to name a workload in the same namespace")
                        .warn_on_create();
                    return Ok(());
                }
                Err(error @ InventoryError::NotGiven { .. }) => unknown = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if !vertical.changes_pods()? {
            return Ok(());
        }
        check_others(cx, (kind, name), &title, out)?;
        match autoscalers_of_target(cx, kind, name) {
            Ok(found) => {
                for autoscaler in &found {
                    check_pair(cx, &vertical, workload.as_ref(), autoscaler, &title, out)?;
                }
            }
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => unknown = Some(error),
            Err(error) => return Err(error),
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Reports another VerticalPodAutoscaler of the same workload.
fn check_others(
    cx: &Context<'_>,
    target: (&'static Kind, &str),
    title: &str,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let mut first: Option<Found> = None;
    for found in cx.list_optional(&kinds::VERTICAL_POD_AUTOSCALER, Filter::Scaling(target.0, target.1))? {
        let other = Vertical::read(cx.node(&found));
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let same = other.target().map_err(unreadable)? == Some(target);
        if !same || cx.is_target(&found) || !other.changes_pods().map_err(unreadable)? {
            continue;
        }
        if first.as_ref().is_none_or(|first| found.name() < first.name()) {
            first = Some(found);
        }
    }
    let Some(first) = first.filter(|first| !cx.is_batch() || first.name() < cx.name().unwrap_or_default()) else {
        return Ok(());
    };
    let other = cx.node(&first);
    let place = Vertical::read(other).target_node();
    let message = text![title, " is already resized by VerticalPodAutoscaler \"", first.name(), "\""];
    out.report(Vertical::read(cx.object()).target_node(), message)
        .why("it is undefined which of the two sets the requests")
        .help("move all container policies into one VerticalPodAutoscaler and remove the other")
        .related(Related::to(first.kind, place, other, "resizes the same workload"));
    Ok(())
}

/// Reports a horizontal autoscaler that reads what the vertical one changes.
fn check_pair(
    cx: &Context<'_>,
    vertical: &Vertical<'_>,
    workload: Option<&Found>,
    found: &Found,
    title: &str,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let Some(autoscaler) = Autoscaler::of(cx.node(found), found.kind) else { return Ok(()) };
    let pod = match workload {
        Some(workload) => pod_of(cx, workload)?,
        None => None,
    };
    let names: Vec<&str> = match &pod {
        Some(pod) => pod.long_running_containers().map(Container::name).collect(),
        // Only policies for all containers are known to apply.
        None => vec![""],
    };
    let mut shared: Vec<&str> = Vec::new();
    let mut place = autoscaler.target_node();
    for metric in utilizations(&autoscaler).map_err(|malformed| found.unreadable(&malformed))? {
        let own = metric.container.map(|name| vec![name]);
        if vertical.controls(metric.resource, own.as_ref().unwrap_or(&names))? {
            let resource = resources::title(metric.resource);
            if !shared.contains(&resource) {
                shared.push(resource);
            }
            place = metric.node;
        }
    }
    if shared.is_empty() {
        return Ok(());
    }
    let what = shared.join(" and ");
    let by = autoscaler.title();
    let message = text!["the ", what, " requests of ", title, " are changed, and ", by, " scales by their utilization"];
    let related = Related::to(found.kind, place, autoscaler.object(), "scales by utilization");
    out.report(vertical.mode_node(), message).related(related);
    Ok(())
}
