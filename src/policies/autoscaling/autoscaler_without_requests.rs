use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::{ResourceMetric, utilizations};
use crate::kube::resources::Resources;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::autoscalers_of;
use crate::lookup::workload;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers without a request for the resource that an HorizontalPodAutoscaler, or a ScaledObject of KEDA, scales
/// by as a percentage (`type: Utilization`). Every app container and native sidecar of the pod counts; a limit counts as
/// the request, and so does one for the whole pod. Also reports a `ContainerResource` metric whose container the pod
/// hasn't got.
///
/// In a cluster both the autoscaler and the workload are told, whichever comes last. Among files, which are all checked
/// together, the container without the request is reported, or the metric that names no container.
///
/// ## Why
/// The autoscaler averages use over requests. One container without a request, be it a small sidecar, makes the metric fail
/// for the pod: the autoscaler stops scaling, shows `FailedGetResourceMetric` to whoever looks, and the workload stays at
/// the size that it happens to have.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 100m
///     memory: 128Mi
/// ```
///
/// ## Limits
/// Requests that a LimitRange adds, and containers that a webhook injects, can't be seen. Targets other than Deployments,
/// StatefulSets, and among files Rollouts, ReplicaSets and ReplicationControllers, are not looked up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerWithoutRequests {}

impl Policy for AutoscalerWithoutRequests {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-without-requests",
        title: "Autoscaled containers request what they are scaled by",
        why: "the autoscaler can't compute its metric and stops scaling",
        help: "request the resource in every container of the pod",
        category: Category::Autoscaling,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_CPU],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        match Autoscaler::of(cx.object(), cx.kind()) {
            Some(autoscaler) => check_scaler(cx, &autoscaler, out),
            None => check_workload(cx, out),
        }
    }
}

fn check_scaler(cx: &Context<'_>, autoscaler: &Autoscaler<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let metrics = utilizations(autoscaler)?;
    let Some((kind, name)) = autoscaler.target()?.filter(|_| !metrics.is_empty()) else { return Ok(()) };
    let Some(found) = workload::named(cx, kind, name)? else { return Ok(()) };
    let found = workload::with_template(cx, found)?;
    let (object, kind) = (cx.node(&found), found.kind);
    let Some(workload) = Workload::of(object, kind) else { return Ok(()) };
    let unreadable = |malformed: Malformed| found.unreadable(&malformed);
    let Some(pod) = Pod::of(object, kind).map_err(unreadable)? else { return Ok(()) };
    for metric in metrics {
        match missing(&metric, &pod).map_err(unreadable)? {
            Lack::Nothing => {}
            Lack::Container => report_absent(&metric, &workload, &pod, out),
            // Among files the container is reported, where the request is to be written.
            Lack::Requests(_) if cx.is_batch() => {}
            Lack::Requests(containers) => {
                let title = workload.title();
                let names: Vec<String> = containers.iter().map(|container| container.title()).collect();
                let verb = if names.len() == 1 { " requests none" } else { " request none" };
                let names = names.join(", ");
                let message = ["scales by ", metric.resource, " utilization, but ", &names, " of ", &title, verb];
                let mut finding = out.report(metric.node, message.concat());
                for container in containers {
                    let place = Resources::of_container(container)?.request_node(metric.resource);
                    let note = text!["no ", metric.resource, " request"];
                    finding = finding.related(Related::to(kind, place, object, note));
                }
                finding.help(text!["request ", metric.resource, " in every container of ", title]);
            }
        }
    }
    Ok(())
}

fn check_workload(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
    let Some(pod) = cx.pod()? else { return Ok(()) };
    let autoscalers = match autoscalers_of(cx, &workload) {
        // A pod that requests everything is fine with any autoscaler.
        Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if requests_everything(pod)? => return Ok(()),
        answer => answer?,
    };
    // What two metrics find missing is missing once.
    let mut reported: Vec<(&str, String)> = Vec::new();
    for found in &autoscalers {
        let Some(autoscaler) = Autoscaler::of(cx.node(&found), found.kind) else { continue };
        let title = autoscaler.title();
        for metric in utilizations(&autoscaler).map_err(|malformed| found.unreadable(&malformed))? {
            let related = || {
                let note = text!["scales by ", metric.resource, " utilization"];
                Related::to(found.kind, metric.node, autoscaler.object(), note)
            };
            match missing(&metric, pod)? {
                Lack::Nothing => {}
                // Among files the metric is reported, where the name is to be corrected.
                Lack::Container if cx.is_batch() => {}
                Lack::Container => {
                    let name = metric.container.unwrap_or_default();
                    let message = text![title, " scales by container \"", name, "\", which this pod does not have"];
                    let help = text!["keep the name ", name, ", or change the metric first"];
                    out.report(pod.spec().get("containers"), message).help(help).related(related());
                }
                Lack::Requests(containers) => {
                    for container in containers {
                        if reported.iter().any(|(name, of)| *name == container.name() && of == metric.resource) {
                            continue;
                        }
                        reported.push((container.name(), metric.resource.to_owned()));
                        let resource = metric.resource;
                        let request = Resources::of_container(container)?.request_node(resource);
                        let message =
                            text![container.title(), " requests no ", resource, ", which ", title, " scales by"];
                        out.report(request, message)
                            .container(container)
                            .help(text!["set resources.requests.", resource])
                            .related(related());
                    }
                }
            }
        }
    }
    Ok(())
}

/// What a metric needs and the pod hasn't got.
enum Lack<'p, 'a> {
    Nothing,
    /// The one container that it is about.
    Container,
    /// The request of these containers.
    Requests(Vec<&'p Container<'a>>),
}

fn missing<'p, 'a>(metric: &ResourceMetric<'_>, pod: &'p Pod<'a>) -> Result<Lack<'p, 'a>, Malformed> {
    let mut missing = Vec::new();
    let mut found = false;
    // A request of the whole pod does for the average, not for a metric of one container.
    if metric.container.is_none() && Resources::of_pod(pod)?.request(metric.resource)?.is_some() {
        return Ok(Lack::Nothing);
    }
    for container in pod.long_running_containers() {
        if metric.container.is_some_and(|name| name != container.name()) {
            continue;
        }
        found = true;
        if Resources::of_container(container)?.request(metric.resource)?.is_none() {
            missing.push(container);
        }
    }
    Ok(if !found && metric.container.is_some() {
        Lack::Container
    } else if missing.is_empty() {
        Lack::Nothing
    } else {
        Lack::Requests(missing)
    })
}

/// True when every container requests everything that an autoscaler can compare use with.
fn requests_everything(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.long_running_containers() {
        for resource in ["cpu", "memory"] {
            if Resources::of_container(container)?.request(resource)?.is_none() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn report_absent(metric: &ResourceMetric<'_>, workload: &Workload<'_>, pod: &Pod<'_>, out: &mut Findings) {
    let title = workload.title();
    let name = metric.container.unwrap_or_default();
    let names: Vec<&str> = pod.long_running_containers().map(Container::name).collect();
    let message = text![title, " has no container \"", name, "\" to scale by"];
    out.report(metric.container_node, message).help(text!["name one of ", names.join(", ")]).related(Related::to(
        workload.kind(),
        pod.spec().get("containers"),
        workload.object(),
        "its containers",
    ));
}
