use crate::kube::owner::is_made_by_workload;
use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, containers_request, pod_request};
use crate::kube::workload::{REPLICATED, RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::limit_range::LimitRanges;
use crate::lookup::service::{pod_of, title};
use crate::policies::prelude::*;

/// ## What it does
/// Reports amounts of a ResourceQuota that the workloads of its namespace don't fit into: `pods`, and requests of CPU,
/// memory or ephemeral storage.
///
/// - All workloads at their minimum, with the surge of the largest rolling update, need more.
/// - One autoscaler can't reach its maximum while all other workloads are at their minimum.
/// - If only all autoscalers at their maximum together need more, that is noted with severity `info`.
///
/// A quota on `limits.cpu` is also reported if it rejects pods because a container sets no CPU limit and no LimitRange
/// does. What sets no requests, or no memory limit, is left to `missing-requests` and `missing-memory-limit`.
///
/// ## Why
/// Workloads are accepted, and their pods are not: a rollout stops halfway, an autoscaler stops at the worst time, and
/// the only sign is an event of a ReplicaSet. After a node is lost, whose pods come back is a matter of luck.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: ResourceQuota
/// metadata:
///   name: shop
/// spec:
///   hard:
///     requests.cpu: "24"
///     requests.memory: 64Gi
///     pods: "80"
/// ```
/// Add up the autoscalers' `maxReplicas` and the surge of one rollout, each with the pod's requests.
///
/// ## Limits
/// Only files, and `--cluster`, are checked: at admission nothing is looked up. DaemonSets, Jobs and what operators create
/// come on top and are not counted; neither are quotas with scopes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UndersizedQuota {}

impl Policy for UndersizedQuota {
    const METADATA: Metadata = Metadata {
        id: "undersized-quota",
        title: "ResourceQuotas have room for the workloads",
        why: "pods are rejected in the middle of a rollout, or when load rises",
        help: "raise the amount, or lower replicas, maxReplicas or requests",
        category: Category::Resources,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::RESOURCE_QUOTA],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RESOURCE_QUOTAS, sources::LIMIT_RANGES],
        ..Metadata::DEFAULT
    };

    // Lists of a cluster don't include requests.
    const ADMISSION_NEEDS: &'static [&'static Kind] = &[];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        if !cx.is_batch() || spec.get("scopes").exists() || spec.get("scopeSelector").exists() {
            return Ok(());
        }
        let mut amounts = Vec::new();
        let mut limits_cpu = None;
        for (name, place) in spec.get("hard").entries()? {
            let counted = match name {
                "pods" | "count/pods" => Some(""),
                "cpu" | "requests.cpu" => Some("cpu"),
                "memory" | "requests.memory" => Some("memory"),
                "requests.ephemeral-storage" => Some("ephemeral-storage"),
                _ => None,
            };
            if let (Some(counted), Some(hard)) = (counted, Quantity::read(place)?) {
                amounts.push(Amount { name, place, counted, hard });
            }
            if name == "limits.cpu" {
                limits_cpu = Some(place);
            }
        }
        if amounts.is_empty() && limits_cpu.is_none() {
            return Ok(());
        }
        let workloads = workloads(cx)?;
        for amount in &amounts {
            check_amount(cx, amount, &workloads, out)?;
        }
        match limits_cpu {
            Some(place) => check_limits(cx, place, out),
            None => Ok(()),
        }
    }
}

/// One amount of the quota.
struct Amount<'a> {
    name: &'a str,
    place: Node<'a>,
    /// The resource that is counted; empty for pods.
    counted: &'static str,
    hard: Quantity,
}

/// A workload, and how many pods it has.
struct Running {
    found: Found,
    least: i64,
    most: i64,
    /// The extra pods of a rolling update, of the least and of the most.
    surge: (i64, i64),
    /// The place that sets the maximum, if it is an autoscaler's.
    autoscaler: Option<Found>,
}

/// The workloads of the quota's namespace.
fn workloads(cx: &Context<'_>) -> Result<Vec<Running>, CheckError> {
    let mut running = Vec::new();
    let mut not_given = None;
    for kind in REPLICATED {
        let answer = match [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET].contains(kind) {
            true => cx.list(kind, Filter::All),
            false => cx.list_optional(kind, Filter::All),
        };
        let listed = match answer {
            Err(error @ InventoryError::NotGiven { .. }) => {
                not_given = Some(error);
                continue;
            }
            answer => answer?,
        };
        for found in listed {
            let Some(workload) = Workload::of(cx.node(&found), kind) else { continue };
            let unreadable = |malformed: Malformed| found.unreadable(&malformed);
            let (least, most, autoscaler) = match expected_pods(cx, &workload) {
                Ok(expected) => (expected.pods, expected.most, expected.autoscaler),
                Err(CheckError::Inventory(InventoryError::NotGiven { .. })) => (1, 1, None),
                Err(CheckError::Malformed(malformed)) => return Err(found.unreadable(&malformed).into()),
                Err(error) => return Err(error),
            };
            let update = match **kind == kinds::DEPLOYMENT {
                true => RollingUpdate::of(workload.object()).map_err(unreadable)?,
                false => None,
            };
            let surge = |pods| update.as_ref().map_or(0, |update| update.max_surge.rounded_up(pods));
            let surge = (surge(least), surge(most));
            running.push(Running { found, least, most, surge, autoscaler });
        }
    }
    match not_given {
        Some(error) if running.is_empty() => Err(error.into()),
        _ => Ok(running),
    }
}

fn check_amount(
    cx: &Context<'_>,
    amount: &Amount<'_>,
    workloads: &[Running],
    out: &mut Findings,
) -> Result<(), CheckError> {
    let (mut least, mut most) = (Quantity::ZERO, Quantity::ZERO);
    let (mut surge, mut most_surge) = (Quantity::ZERO, Quantity::ZERO);
    let mut each = Vec::new();
    for running in workloads {
        let of_pod = match amount.counted {
            "" => Quantity::ONE,
            resource => request(cx, &running.found, resource)?,
        };
        least = least.plus(of_pod.times(running.least));
        most = most.plus(of_pod.times(running.most));
        surge = surge.max(of_pod.times(running.surge.0));
        most_surge = most_surge.max(of_pod.times(running.surge.1));
        each.push((running, of_pod));
    }
    let written = |needed: Quantity| {
        let unit = if amount.counted.is_empty() { "pods" } else { amount.counted };
        let parts = needed.parts(1_000_000, unit, true);
        parts.into_iter().next().map_or_else(|| "0".to_owned(), |(_, text)| text)
    };
    let hard = match amount.place.value() {
        Some(Value::String(text)) => text.clone(),
        value => value.map(Value::to_string).unwrap_or_default(),
    };
    let start = text![amount.name, ": ", hard, " is less than the "];
    let needed = least.plus(surge);
    if needed > amount.hard {
        let message =
            text![start, written(needed), " that the namespace's workloads need, with the surge of a rollout"];
        out.report(amount.place, message);
        return Ok(());
    }
    for (running, of_pod) in each {
        let others = least.minus(of_pod.times(running.least));
        let needed = others.plus(of_pod.times(running.most)).plus(surge.max(of_pod.times(running.surge.1)));
        let Some(autoscaler) = running.autoscaler.as_ref().filter(|_| needed > amount.hard) else { continue };
        let title = title(autoscaler);
        let message = text![start, written(needed), " that are needed when ", title, " scales to its maximum"];
        let object = cx.node(autoscaler);
        let field = if *autoscaler.kind == kinds::SCALED_OBJECT { "maxReplicaCount" } else { "maxReplicas" };
        let place = object.get("spec").get(field);
        let note = text!["up to ", running.most.to_string(), " pods"];
        out.report(amount.place, message).related(Related::to(autoscaler.kind, place, object, note));
        return Ok(());
    }
    let needed = most.plus(most_surge);
    if needed > amount.hard {
        let message = text![start, written(needed), " that are needed when all autoscalers scale to their maximum"];
        out.report(amount.place, message).severity(Severity::Info);
    }
    Ok(())
}

/// What a pod of the workload requests; zero without a request.
fn request(cx: &Context<'_>, found: &Found, resource: &str) -> Result<Quantity, CheckError> {
    let Some(pod) = pod_of(cx, found)? else { return Ok(Quantity::ZERO) };
    let read = match Resources::pod_level(&pod, cx.kubernetes()) {
        Ok(Some(whole)) => pod_request(&pod, &whole, resource),
        Ok(None) => containers_request(&pod, resource),
        Err(malformed) => Err(malformed),
    };
    Ok(read.map_err(|malformed| found.unreadable(&malformed))?.unwrap_or_default())
}

/// The kinds whose pods a quota on limits may reject.
static CREATORS: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::CRON_JOB,
    &kinds::JOB,
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::POD,
];

/// How many related places a finding shows.
const RELATED: usize = 10;

/// Reports a quota on CPU limits in a namespace whose containers set none.
fn check_limits(cx: &Context<'_>, place: Node<'_>, out: &mut Findings) -> Result<(), CheckError> {
    if LimitRanges::of(cx)?.default_limit(cx, "cpu").is_some() {
        return Ok(());
    }
    let mut rejected = Vec::new();
    for kind in CREATORS {
        for found in cx.list_optional(kind, Filter::All)? {
            if is_made_by_workload(cx.node(&found)) {
                continue;
            }
            if let Some((name, containers)) = unlimited(cx, &found)? {
                let note = text![name, " sets no CPU limit"];
                rejected.push((title(&found), Related::to(kind, containers, cx.node(&found), note)));
            }
        }
    }
    let Some((first, _)) = rejected.first() else { return Ok(()) };
    let whose = match rejected.len() {
        1 => first.clone(),
        more => text![more.to_string(), " workloads"],
    };
    let message = text!["limits.cpu rejects the pods of ", whose, ", which set no CPU limit"];
    let mut finding = out
        .report(place, message)
        .why("the API server rejects pods without the limit")
        .help("remove limits.cpu from the quota, or add a LimitRange with a default limit");
    for (_, related) in rejected.into_iter().take(RELATED) {
        finding = finding.related(related);
    }
    Ok(())
}

/// The first container without a CPU limit in the pod of a workload, and where its resources are.
fn unlimited<'f>(cx: &'f Context<'_>, found: &'f Found) -> Result<Option<(String, Node<'f>)>, CheckError> {
    let Some(pod) = pod_of(cx, found)? else { return Ok(None) };
    let unreadable = |malformed: Malformed| found.unreadable(&malformed);
    let whole = Resources::pod_level(&pod, cx.kubernetes()).map_err(unreadable)?;
    if let Some(whole) = whole
        && whole.limit("cpu").map_err(unreadable)?.is_some()
    {
        return Ok(None);
    }
    for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
        let resources = Resources::of_container(container).map_err(unreadable)?;
        if resources.limit("cpu").map_err(unreadable)?.is_none() {
            return Ok(Some((container.title(), resources.limit_node("cpu"))));
        }
    }
    Ok(None)
}
