use crate::kube::container::KNOWN_SIDECARS;
use crate::kube::mesh::{PROXY_CONTAINERS, is_mesh_pod};
use crate::kube::metric::ResourceMetric;
use crate::kube::resources::Resources;
use crate::lookup::mesh::injection;
use crate::policies::autoscaling::scaling_rules::{Pair, Violation, check_pairs, resource_title};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports autoscalers that average utilization over several containers: a `Resource` metric of type `Utilization`, a KEDA
/// trigger without `containerName`, or no metrics at all, on a pod with more than one long-running container. App containers
/// and native sidecars count, and so does a service mesh proxy injected because of the pod (`sidecar.istio.io/inject`,
/// `linkerd.io/inject`) or its namespace (`istio-injection`, `istio.io/rev`, `linkerd.io/inject`).
///
/// Metrics of a single container (`ContainerResource`), absolute amounts (`AverageValue`) and other metrics (`Pods`,
/// `Object`, `External`) are accepted, and so are pods with a pod-level request for the resource (`spec.resources`), which
/// already accounts for all containers together.
///
/// At admission the finding is reported on whichever object is applied last: the autoscaler or the workload. Among files it
/// is reported on the autoscaler.
///
/// ## Why
/// The autoscaler divides the usage of all containers by the requests of all containers. An app that requests 500m and is at
/// its limit, next to an idle proxy that requests 500m, averages 50%: no pods are added while requests time out. Conversely, a
/// proxy that requests 100m and uses twice that adds pods the app doesn't need.
///
/// ## What to write
/// ```yaml
/// metrics:
///   - type: ContainerResource
///     containerResource:
///       name: cpu
///       container: app
///       target: {type: Utilization, averageUtilization: 65}
/// ```
///
/// ## Limits
/// A fix is offered if exactly one container is not a sidecar, from Kubernetes 1.27 on, which supports `ContainerResource`
/// metrics; autoscaling/v1 does not. Containers injected by other webhooks are unknown, and so is the namespace if it isn't
/// among the files. In a cluster only Deployments and StatefulSets are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SidecarSkewedAutoscaler {
    /// Names of app containers that are sidecars, as patterns with `*` and `?`: the fix scales on the one other container.
    pub sidecar_names: Vec<Glob>,
}

impl Default for SidecarSkewedAutoscaler {
    fn default() -> SidecarSkewedAutoscaler {
        SidecarSkewedAutoscaler { sidecar_names: KNOWN_SIDECARS.iter().map(|&name| Glob::new(name)).collect() }
    }
}

impl Policy for SidecarSkewedAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "sidecar-skewed-autoscaler",
        title: "Autoscalers measure the app, not its sidecars",
        why: "an idle sidecar hides a busy app, and a busy sidecar adds pods the app doesn't need",
        help: "scale on a ContainerResource metric of the app container",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::NAMESPACE],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_METRICS, sources::KEDA_CPU],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let averages = |metric: &ResourceMetric<'_>| metric.relative && metric.container.is_none();
        check_pairs(cx, &averages, &mut |pair, metrics| self.report(cx, pair, metrics, out))
    }
}

impl SidecarSkewedAutoscaler {
    fn report(
        &self,
        cx: &Context<'_>,
        pair: &Pair<'_>,
        metrics: &[ResourceMetric<'_>],
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let containers: Vec<&Container<'_>> = pair.pod.long_running_containers().collect();
        let is_proxy = |container: &&Container<'_>| PROXY_CONTAINERS.contains(&container.name());
        let whole = Resources::of_pod(pair.pod)?;
        for metric in metrics {
            if whole.request(metric.resource)?.is_some() {
                continue;
            }
            // If the proxy is among the containers, none is injected.
            let is_injected = !containers.iter().any(is_proxy)
                && (is_mesh_pod(pair.pod, PROXY_CONTAINERS)? || injection(cx, pair.pod)?.is_some());
            if containers.len() < 2 && !is_injected {
                continue;
            }
            let mut names: Vec<String> =
                containers.iter().map(|container| text!["\"", container.name(), "\""]).collect();
            if is_injected {
                names.push("an injected proxy".to_owned());
            }
            let last = names.pop().unwrap_or_default();
            let resource = resource_title(metric.resource);
            let message = ["averages ", resource, " utilization over containers ", &names.join(", "), " and ", &last];
            let app = self.app(&containers);
            let aside = containers.iter().find(|container| app.is_some_and(|app| app.name() != container.name()));
            let (place, note) = match aside {
                Some(aside) => (aside.node(), "a sidecar"),
                None if containers.len() < 2 => (pair.workload.pod_metadata(), "gets an injected proxy"),
                None => (pair.pod.spec().get("containers"), "its containers"),
            };
            let violation = Violation {
                message: message.concat(),
                resource: metric.resource,
                metric: metric.node,
                note: note.to_owned(),
                place,
                container: aside.copied(),
            };
            // ContainerResource metrics are enabled by default from 1.27 on.
            let edits = app
                .filter(|_| cx.kubernetes().at_least(27))
                .and_then(|app| Some((app, metric.of_container_alone(app.name())?)));
            match edits {
                Some((app, edits)) => {
                    let order = text!["scale on container \"", app.name(), "\" only"];
                    if let Some(finding) = pair.report(violation, order.clone(), out) {
                        finding.unsafe_fix(order, edits);
                    }
                }
                None => {
                    let help = if cx.kubernetes().at_least(27) {
                        Self::METADATA.help
                    } else {
                        "scale on averageValue or on another metric"
                    };
                    pair.report(violation, help.to_owned(), out);
                }
            }
        }
        Ok(())
    }

    /// The only container that is not a sidecar.
    fn app<'c, 'a>(&self, containers: &[&'c Container<'a>]) -> Option<&'c Container<'a>> {
        let is_sidecar = |name: &str| self.sidecar_names.iter().any(|sidecar| sidecar.matches(name));
        let mut apps = containers
            .iter()
            .filter(|container| container.role() == Role::App && !is_sidecar(container.name()))
            .copied();
        let app = apps.next()?;
        apps.next().is_none().then_some(app)
    }
}
