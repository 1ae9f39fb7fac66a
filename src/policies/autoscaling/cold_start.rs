use crate::kube::ingress::backends;
use crate::kube::mesh::{PROXY_CONTAINERS, is_mesh_pod};
use crate::kube::owner::is_controlled;
use crate::kube::probe::{Probe, Purpose};
use crate::kube::route;
use crate::kube::selector::{Labels, Selector};
use crate::policies::prelude::*;
use crate::policy::exemption::LabelPatterns;

/// ## What it does
/// Reports workloads with the pod labels of `selector` that a Service sends requests to, and of which nothing says that they
/// are slow at first: no app container has a startup probe, and nothing in front of them starts new pods slowly. That is
/// either
///
/// - a DestinationRule of Istio for the Service with `loadBalancer.warmup`, or `warmupDurationSecs` as it was called before;
/// - `slow_start.duration_seconds` in the annotation `alb.ingress.kubernetes.io/target-group-attributes` of the Service, or
///   of an Ingress to it.
///
/// Without a `selector` nothing is reported: only you know which of your workloads run on a virtual machine that compiles
/// what it runs, such as Java's or .NET's.
///
/// ## Why
/// The first requests that such a process answers take ten times as long as later ones: classes are loaded, code is
/// interpreted before it is compiled, connections are opened. A pod that has just become ready gets its full share of the
/// traffic at once, and requests time out on it. They do so whenever the autoscaler adds pods, at the busiest hour, and the
/// load of the cold pods makes it add more.
///
/// ## What to write
/// A probe that is content when the process has warmed up:
/// ```yaml
/// startupProbe:
///   httpGet: {path: /warm, port: http}
///   periodSeconds: 5
///   failureThreshold: 24
/// ```
/// Or a smaller share at first:
/// ```yaml
/// apiVersion: networking.istio.io/v1
/// kind: DestinationRule
/// metadata:
///   name: web
/// spec:
///   host: web
///   trafficPolicy:
///     loadBalancer:
///       simple: LEAST_REQUEST
///       warmup: {duration: 60s}
/// ```
///
/// ## Limits
/// DestinationRules and Ingresses ordinarily arrive after the workload: unless `onViolation` is set, this only warns when
/// the workload is created. In a cluster DestinationRules can't be looked up, and pods that ask for a mesh's proxy are left
/// alone; what goes through a mesh because its namespace says so wants an exemption there. DestinationRules in other
/// namespaces aren't seen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ColdStart {
    /// The labels that pods must have to be checked: patterns with `*` and `?`, by key. Without any, none is checked.
    pub selector: LabelPatterns,
}

/// Where the controller of AWS load balancers reads what holds for the targets of a Service.
const TARGET_GROUP: &str = "alb.ingress.kubernetes.io/target-group-attributes";

impl Policy for ColdStart {
    const METADATA: Metadata = Metadata {
        id: "cold-start",
        title: "Pods that are slow at first get little traffic at first",
        why: "requests time out on pods that have not warmed up, most of all when the autoscaler adds some",
        help: "add a startupProbe that waits until the process is warm, or have the load balancer start new pods slowly",
        category: Category::Autoscaling,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::SERVICE, &kinds::INGRESS],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::ISTIO_WARMUP, sources::ALB_SLOW_START],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if self.selector.is_empty() || is_controlled(cx.object()) {
            return Ok(());
        }
        let Some(pod) = cx.long_running_pod()? else { return Ok(()) };
        let labels = Labels::of(pod.metadata());
        if !self.selector.matches(labels) {
            return Ok(());
        }
        let apps: Vec<&Container<'_>> = pod.app_containers().collect();
        for app in &apps {
            if Probe::of(app, Purpose::Startup)?.is_some() {
                return Ok(());
            }
        }
        // What a DestinationRule says to a mesh can't be known in a cluster.
        if !cx.is_batch() && is_mesh_pod(pod, PROXY_CONTAINERS)? {
            return Ok(());
        }
        let (container, place) = match apps.as_slice() {
            [app] => (Some(*app), app.get(Purpose::Startup.field())),
            _ => (None, pod.spec().get("containers")),
        };
        for found in services(cx, labels)? {
            if starts_slowly(cx, &found)? {
                continue;
            }
            let message =
                ["Service \"", found.name(), "\" sends a cold pod its full share at once, and no startup probe waits"];
            let service = cx.node(&found);
            let related = Related::to(found.kind, service.get("spec").get("selector"), service, "selects these pods");
            let finding = out.report(place, message.concat()).related(related);
            if let Some(container) = container {
                finding.container(container);
            }
            // A startup probe does for all of them.
            break;
        }
        Ok(())
    }
}

/// The Services that select pods with these labels.
fn services(cx: &Context<'_>, labels: Labels<'_>) -> Result<Vec<Found>, CheckError> {
    let mut services = Vec::new();
    for found in cx.list(&kinds::SERVICE, Filter::Selecting(labels))? {
        let selector = Selector::read_plain(cx.node(&found).get("spec").get("selector"));
        let selector = selector.map_err(|malformed| found.unreadable(&malformed))?;
        if selector.is_some_and(|selector| selector.matches(labels)) {
            services.push(found);
        }
    }
    Ok(services)
}

/// True when something gives new pods of the Service a smaller share at first.
fn starts_slowly(cx: &Context<'_>, service: &Found) -> Result<bool, CheckError> {
    let name = service.name();
    let root = cx.node(&service);
    if slow_target_group(root).map_err(|malformed| service.unreadable(&malformed))? {
        return Ok(true);
    }
    // Asked first, since of these it is no error that none was given.
    for found in cx.list_optional(&kinds::DESTINATION_RULE, Filter::RoutingTo(name))? {
        let rule = cx.node(&found);
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let host = route::host(rule).map_err(unreadable)?;
        let is_meant = host.is_some_and(|host| host.is(name, cx.namespace(), cx.namespace()));
        if is_meant && warms_up(rule).map_err(unreadable)? {
            return Ok(true);
        }
    }
    for found in cx.list(&kinds::INGRESS, Filter::RoutingTo(name))? {
        let ingress = cx.node(&found);
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let backends = backends(ingress).map_err(unreadable)?;
        let is_meant = backends.iter().any(|backend| backend.name == name);
        if is_meant && slow_target_group(ingress).map_err(unreadable)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True when the annotation for AWS load balancers asks for a slow start.
fn slow_target_group(object: Node<'_>) -> Result<bool, Malformed> {
    let attributes = object.get("metadata").get("annotations").entry(TARGET_GROUP).str()?.unwrap_or_default();
    let mut attributes = attributes.split(',').filter_map(|attribute| attribute.split_once('='));
    Ok(attributes.any(|(key, value)| {
        key.trim_ascii() == "slow_start.duration_seconds"
            && value.trim_ascii().parse::<u32>().is_ok_and(|seconds| seconds > 0)
    }))
}

/// True when the DestinationRule gives new pods a smaller share at first, for some port or subset at least.
fn warms_up(rule: Node<'_>) -> Result<bool, Malformed> {
    let spec = rule.get("spec");
    let mut policies = vec![spec.get("trafficPolicy")];
    policies.extend(spec.get("subsets").items()?.map(|subset| subset.get("trafficPolicy")));
    for policy in policies {
        let ports = policy.get("portLevelSettings").items()?;
        for settings in ports.chain([policy]) {
            let balancer = settings.get("loadBalancer");
            let written = [balancer.get("warmup").get("duration"), balancer.get("warmupDurationSecs")];
            for duration in written {
                if duration.str()?.is_some_and(|duration| duration.bytes().any(|byte| matches!(byte, b'1'..=b'9'))) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}
