use crate::kube::autoscaler::Autoscaler;
use crate::kube::metric::{ResourceMetric, utilizations};
use crate::kube::resources::Resources;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::autoscalers_of;
use crate::lookup::workload;
use crate::policies::autoscaling::scaling_rules::resource_title;
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports containers without a request for a resource whose utilization (`type: Utilization`) a HorizontalPodAutoscaler or
/// a KEDA ScaledObject scales on. Every app container and native sidecar of the pod counts; a limit counts as a request, and
/// so does a pod-level request. Also reports `ContainerResource` metrics that name a container the pod does not have.
///
/// At admission the finding is reported on whichever object is applied last: the autoscaler or the workload. Among files it
/// is reported on the container without the request, or on the metric with the wrong container name.
///
/// ## Why
/// The autoscaler divides usage by requests. A single container without a request, even a small sidecar, makes the metric
/// fail for the pod: the autoscaler stops scaling, its status shows `FailedGetResourceMetric`, and the replica count stays
/// where it happens to be.
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
/// Requests set by a LimitRange and containers injected by a webhook are unknown. In a cluster only Deployments and
/// StatefulSets are looked up; among files also Rollouts, ReplicaSets and ReplicationControllers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerWithoutRequests {}

impl Policy for AutoscalerWithoutRequests {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-without-requests",
        title: "Autoscaled containers request the resources they are scaled on",
        why: "the autoscaler can't compute utilization without requests and stops scaling",
        help: "set a request for the resource in every container of the pod",
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
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
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
            Missing::Nothing => {}
            Missing::Container => report_absent(&metric, &workload, &pod, out),
            // Among files the container is reported, where the request has to be added.
            Missing::Requests(_) if cx.is_batch() => {}
            Missing::Requests(containers) => {
                let title = workload.title();
                let names: Vec<String> = containers.iter().map(|container| container.title()).collect();
                let verb = if names.len() == 1 { " has no " } else { " have no " };
                let resource = resource_title(metric.resource);
                let message = text![
                    "scales on ",
                    resource,
                    " utilization, but ",
                    names.join(", "),
                    " of ",
                    title,
                    verb,
                    resource,
                    " request",
                ];
                let mut finding = out.report(metric.node, message);
                for container in containers {
                    let place = Resources::of_container(container)?.request_node(metric.resource);
                    let note = text!["no ", resource, " request"];
                    finding = finding.related(Related::to(kind, place, object, note));
                }
                finding.help(text!["set resources.requests.", metric.resource, " in every container of ", title]);
            }
        }
    }
    Ok(())
}

fn check_workload(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
    let Some(pod) = cx.pod()? else { return Ok(()) };
    let autoscalers = match autoscalers_of(cx, &workload) {
        // A pod with all requests suits any autoscaler.
        Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if requests_everything(pod)? => return Ok(()),
        answer => answer?,
    };
    // Several metrics may need the same request: report it once.
    let mut reported = Table::default();
    for found in &autoscalers {
        let Some(autoscaler) = Autoscaler::of(cx.node(found), found.kind) else { continue };
        let title = autoscaler.title();
        for metric in utilizations(&autoscaler).map_err(|malformed| found.unreadable(&malformed))? {
            let related = || {
                let note = text!["scales on ", resource_title(metric.resource), " utilization"];
                Related::to(found.kind, metric.node, autoscaler.object(), note)
            };
            match missing(&metric, pod)? {
                Missing::Nothing => {}
                // Among files the metric is reported, where the name has to be corrected.
                Missing::Container if cx.is_batch() => {}
                Missing::Container => {
                    let name = metric.container.unwrap_or_default();
                    let message = text![title, " scales on container \"", name, "\", which this pod does not have"];
                    let help = text!["keep the container name \"", name, "\", or change the metric first"];
                    out.report(pod.spec().get("containers"), message).help(help).related(related());
                }
                Missing::Requests(containers) => {
                    for container in containers {
                        if !reported.insert(&text![container.name(), " ", metric.resource], ()) {
                            continue;
                        }
                        let resource = metric.resource;
                        let request = Resources::of_container(container)?.request_node(resource);
                        let message = text![
                            container.title(),
                            " has no ",
                            resource_title(resource),
                            " request, which ",
                            title,
                            " needs to compute utilization",
                        ];
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

/// The part of the pod that a metric needs and that is missing.
enum Missing<'p, 'a> {
    Nothing,
    /// The container that it names.
    Container,
    /// The requests of these containers.
    Requests(Vec<&'p Container<'a>>),
}

fn missing<'p, 'a>(metric: &ResourceMetric<'_>, pod: &'p Pod<'a>) -> Result<Missing<'p, 'a>, Malformed> {
    let mut missing = Vec::new();
    let mut found = false;
    // A pod-level request is enough for the pod's utilization, not for that of a single container.
    if metric.container.is_none() && Resources::of_pod(pod)?.request(metric.resource)?.is_some() {
        return Ok(Missing::Nothing);
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
        Missing::Container
    } else if missing.is_empty() {
        Missing::Nothing
    } else {
        Missing::Requests(missing)
    })
}

/// True when every container requests both resources that an autoscaler can compute the utilization of.
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
    let message = text!["scales on container \"", name, "\", which ", title, " does not have"];
    out.report(metric.container_node, message)
        .help(text!["set the container to ", names.join(" or ")])
        .related(Related::to(workload.kind(), pod.spec().get("containers"), workload.object(), "its containers"));
}
