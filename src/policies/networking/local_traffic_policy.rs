use crate::kube::scheduling::rules;
use crate::kube::selector::Labels;
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::service::{pod_of, selected_by, services_for, title};
use crate::policies::prelude::*;

/// ## What it does
/// Reports Services with `externalTrafficPolicy: Local` that select a workload of two or more pods which nothing
/// spreads over nodes: it isn't a DaemonSet and has neither a topology spread constraint nor pod anti-affinity on
/// `kubernetes.io/hostname` that selects its own pods, required or preferred. The number of pods is the autoscaler's
/// `minReplicas` if there is one, else `replicas`.
///
/// At admission the finding is reported on whichever object is applied last. Among files it is reported on the Service
/// and names the workload.
///
/// ## Why
/// With `Local`, a node sends external traffic only to its own pods. That preserves the client's address, but load
/// balancers distribute traffic by node, not by pod: with three pods on one node and one on another, each of the three
/// gets a sixth and the other one half. Nodes without a pod get nothing, or drop traffic until the load balancer
/// notices.
///
/// ## What to write
/// ```yaml
/// topologySpreadConstraints:
///   - maxSkew: 1
///     topologyKey: kubernetes.io/hostname
///     whenUnsatisfiable: ScheduleAnyway
///     labelSelector:
///       matchLabels:
///         app: web
/// ```
/// Or leave `externalTrafficPolicy` at `Cluster` if nobody needs the client's address.
///
/// ## Limits
/// `internalTrafficPolicy` is not checked. Default constraints in the scheduler's configuration are not visible. In a
/// cluster, only Deployments, StatefulSets and DaemonSets are looked up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LocalTrafficPolicy {}

impl Policy for LocalTrafficPolicy {
    const METADATA: Metadata = Metadata {
        id: "local-traffic-policy",
        title: "Services with externalTrafficPolicy: Local have pods spread over nodes",
        why: "traffic is distributed by node, not by pod, and nodes without pods drop it",
        help: "spread the pods over kubernetes.io/hostname, or set externalTrafficPolicy to Cluster",
        category: Category::Networking,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        needs: &[
            &kinds::SERVICE,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::TRAFFIC_POLICIES, sources::TOPOLOGY_SPREAD],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::SERVICE {
            return check_service(cx, out);
        }
        // Among files it is reported on the Service.
        if cx.is_batch() {
            return Ok(());
        }
        check_workload(cx, out)
    }
}

fn check_service(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let service = Service::read(cx.object())?;
    if !is_local(cx.object())? {
        return Ok(());
    }
    let Some(selector) = &service.selector else { return Ok(()) };
    for found in selected_by(cx, selector, false)? {
        let Some(pods) = clustered(cx, &found)? else { continue };
        let pods = pods.to_string();
        let message = [
            "externalTrafficPolicy: Local, but nothing spreads the ",
            &pods,
            " pods of ",
            &title(&found),
            " over nodes",
        ];
        let object = cx.node(&found);
        let spec = object.dig(found.kind.template.unwrap_or_default()).get("spec");
        let place = spec.get("topologySpreadConstraints");
        let related = Related::to(found.kind, place, object, "not spread over kubernetes.io/hostname");
        out.report(policy(cx.object()), message.concat()).related(related);
    }
    Ok(())
}

fn check_workload(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let (Some(pod), Some(workload)) = (cx.pod()?, Workload::of(cx.object(), cx.kind())) else { return Ok(()) };
    if is_spread(pod, cx.namespace())? {
        return Ok(());
    }
    for found in services_for(cx, Labels::of(pod.metadata()))? {
        let object = cx.node(&found);
        if !is_local(object).map_err(|malformed| found.unreadable(&malformed))? {
            continue;
        }
        let pods = expected_pods(cx, &workload)?.pods;
        if pods < 2 {
            return Ok(());
        }
        let pods = pods.to_string();
        let message = [
            "nothing spreads these ",
            &pods,
            " pods over nodes, but ",
            &title(&found),
            " has externalTrafficPolicy: Local",
        ];
        let related = Related::to(found.kind, policy(object), object, "externalTrafficPolicy: Local");
        out.report(pod.spec().get("topologySpreadConstraints"), message.concat()).related(related);
    }
    Ok(())
}

/// The number of pods of a workload that may share nodes; `None` for a single pod, or when they are spread.
fn clustered(cx: &Context<'_>, found: &Found) -> Result<Option<i64>, CheckError> {
    let object = cx.node(found);
    let Some(workload) = Workload::of(object, found.kind) else { return Ok(None) };
    let Some(pod) = pod_of(cx, found)? else { return Ok(None) };
    if is_spread(&pod, cx.namespace()).map_err(|malformed| found.unreadable(&malformed))? {
        return Ok(None);
    }
    let expected = match expected_pods(cx, &workload) {
        Err(CheckError::Malformed(malformed)) => return Err(found.unreadable(&malformed).into()),
        answer => answer?,
    };
    Ok(Some(expected.pods).filter(|pods| *pods > 1))
}

/// True when a rule keeps the pods on different nodes, or prefers to.
fn is_spread(pod: &Pod<'_>, namespace: &str) -> Result<bool, Malformed> {
    let rules = rules(pod.spec(), Labels::of(pod.metadata()), namespace)?;
    Ok(rules.iter().any(|rule| rule.own && rule.topology_key == "kubernetes.io/hostname"))
}

fn policy(service: Node<'_>) -> Node<'_> {
    service.get("spec").get("externalTrafficPolicy")
}

/// True for a Service that accepts external traffic and keeps it on the node.
fn is_local(service: Node<'_>) -> Result<bool, Malformed> {
    let kind = service.get("spec").get("type").str()?;
    Ok(matches!(kind, Some("LoadBalancer" | "NodePort")) && policy(service).str()? == Some("Local"))
}
