use crate::kube::ingress::backends;
use crate::kube::mesh::{PROXY_CONTAINERS, is_mesh_pod};
use crate::kube::owner::is_controlled;
use crate::kube::probe::{Probe, Purpose};
use crate::kube::route;
use crate::kube::selector::{Labels, Selector};
use crate::policies::prelude::*;
use crate::policy::exemption::LabelPatterns;

/// ## What it does
/// Reports workloads whose pod labels match `selector`, that a Service sends traffic to, and that have no protection from
/// full traffic while they warm up: no app container has a startup probe, and no load balancer ramps up traffic to new
/// pods. Both of these count as slow start:
///
/// - an Istio DestinationRule for the Service with `loadBalancer.warmup`, or the older `warmupDurationSecs`;
/// - `slow_start.duration_seconds` in the annotation `alb.ingress.kubernetes.io/target-group-attributes` on the Service or
///   on an Ingress that routes to it.
///
/// Without a `selector` nothing is reported: only you know which workloads start slowly, typically those on the JVM, .NET or
/// another JIT-compiled runtime.
///
/// ## Why
/// The first requests to such a process take ten times as long as later ones: classes are loaded, code runs interpreted
/// until it is compiled, connections are opened. A pod that has just become ready gets its full share of the traffic at
/// once, and requests to it time out. This happens each time the autoscaler adds pods, at the busiest hour, and the CPU use
/// of the cold pods makes it add even more.
///
/// ## What to write
/// A startup probe that succeeds once the process is warm:
/// ```yaml
/// startupProbe:
///   httpGet: {path: /warm, port: http}
///   periodSeconds: 5
///   failureThreshold: 24
/// ```
/// Or less traffic at first:
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
/// DestinationRules and Ingresses are usually applied after the workload: unless `onViolation` is set, this only warns on
/// CREATE. In a cluster DestinationRules are not looked up, and pods that request a mesh proxy are skipped; exempt workloads
/// whose namespace has proxy injection turned on. DestinationRules in other namespaces are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ColdStart {
    /// The labels that pods must have to be checked: patterns with `*` and `?`, by key. If empty, no pods are checked.
    pub selector: LabelPatterns,
}

/// The annotation from which the AWS Load Balancer Controller reads target group attributes.
const TARGET_GROUP: &str = "alb.ingress.kubernetes.io/target-group-attributes";

impl Policy for ColdStart {
    const METADATA: Metadata = Metadata {
        id: "cold-start",
        title: "Slow-starting pods get traffic gradually",
        why: "requests time out on pods that have not warmed up, especially when the autoscaler adds pods",
        help: "add a startupProbe that waits until the process is warm, or turn on slow start in the load balancer",
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
        // In a cluster DestinationRules aren't looked up.
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
                ["Service \"", found.name(), "\" sends full traffic to cold pods: no startupProbe and no slow start"];
            let service = cx.node(&found);
            let related = Related::to(found.kind, service.get("spec").get("selector"), service, "selects these pods");
            let finding = out.report(place, message.concat()).related(related);
            if let Some(container) = container {
                finding.container(container);
            }
            // One startup probe protects from all of them.
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

/// True when traffic to new pods of the Service is ramped up slowly.
fn starts_slowly(cx: &Context<'_>, service: &Found) -> Result<bool, CheckError> {
    let name = service.name();
    let root = cx.node(service);
    if slow_target_group(root).map_err(|malformed| service.unreadable(&malformed))? {
        return Ok(true);
    }
    // Before Ingresses: if no DestinationRule was given, that is no error.
    for found in cx.list_optional(&kinds::DESTINATION_RULE, Filter::RoutingTo(name))? {
        let rule = cx.node(&found);
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let host = route::host(rule).map_err(unreadable)?;
        let is_for_service = host.is_some_and(|host| host.is(name, cx.namespace(), cx.namespace()));
        if is_for_service && warms_up(rule).map_err(unreadable)? {
            return Ok(true);
        }
    }
    for found in cx.list(&kinds::INGRESS, Filter::RoutingTo(name))? {
        let ingress = cx.node(&found);
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let backends = backends(ingress).map_err(unreadable)?;
        let routes_to_service = backends.iter().any(|backend| backend.name == name);
        if routes_to_service && slow_target_group(ingress).map_err(unreadable)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True when the annotation for AWS load balancers turns on slow start.
fn slow_target_group(object: Node<'_>) -> Result<bool, Malformed> {
    let attributes = object.get("metadata").get("annotations").entry(TARGET_GROUP).str()?.unwrap_or_default();
    let mut attributes = attributes.split(',').filter_map(|attribute| attribute.split_once('='));
    Ok(attributes.any(|(key, value)| {
        key.trim_ascii() == "slow_start.duration_seconds"
            && value.trim_ascii().parse::<u32>().is_ok_and(|seconds| seconds > 0)
    }))
}

/// True when the DestinationRule ramps up traffic to new pods, for at least one port or subset.
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
