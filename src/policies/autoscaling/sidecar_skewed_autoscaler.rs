use crate::kube::container::KNOWN_SIDECARS;
use crate::kube::mesh::{PROXY_CONTAINERS, is_mesh_pod};
use crate::kube::metric::ResourceMetric;
use crate::kube::resources::Resources;
use crate::lookup::mesh::injection;
use crate::policies::autoscaling::scaling_rules::{Pair, Violation, check_pairs};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports autoscalers that compare the use of several containers with what they request together: a `Resource` metric of
/// type `Utilization`, a trigger of KEDA without `containerName`, or no metric at all, on a pod with more than one
/// long-running container. App containers and native sidecars count, and a service mesh's proxy that is injected because the
/// pod asks for it (`sidecar.istio.io/inject`, `linkerd.io/inject`) or its namespace does (`istio-injection`,
/// `istio.io/rev`, `linkerd.io/inject`).
///
/// Not reported are metrics of one container (`ContainerResource`), absolute amounts (`AverageValue`), other metrics
/// (`Pods`, `Object`, `External`), and pods that request the resource as a whole (`spec.resources`), whose author has said
/// what all containers together may use.
///
/// In a cluster both the autoscaler and the workload are told, whichever comes last. Among files, which are all checked
/// together, the autoscaler is.
///
/// ## Why
/// The autoscaler divides the use of all containers by the requests of all. A proxy that requests 500m and idles beside an
/// app that requests 500m and is at its limit makes 50 %, and nothing is scaled while requests time out. The other way
/// round, a proxy with a small request of 100m which uses twice that adds pods that the app has no need of.
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
/// The fix is offered where exactly one container is no sidecar, from Kubernetes 1.27 on, which has metrics of single
/// containers. autoscaling/v1 can't say it. Containers that other webhooks inject can't be seen, and neither is a namespace
/// that isn't among the files. In a cluster only Deployments and StatefulSets are looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SidecarSkewedAutoscaler {
    /// The names of app containers that are sidecars, as patterns with `*` and `?`: the fix scales by the one container that
    /// is none.
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
        title: "Autoscalers look at the app, not at its sidecars",
        why: "an idle sidecar hides that the app is busy, and a busy one adds pods that the app has no need of",
        help: "scale by a ContainerResource metric of the container that does the work",
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
            // A proxy that can be seen isn't injected as well.
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
            let message =
                ["averages ", metric.resource, " utilization over containers ", &names.join(", "), " and ", &last];
            let app = self.app(&containers);
            let aside = containers.iter().find(|container| app.is_some_and(|app| app.name() != container.name()));
            let (place, note) = match aside {
                Some(aside) => (aside.node(), "a sidecar"),
                None if containers.len() < 2 => (pair.workload.pod_metadata(), "a proxy is injected into its pods"),
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
            // Metrics of single containers are there by default from 1.27 on.
            let edits = app
                .filter(|_| cx.kubernetes().at_least(27))
                .and_then(|app| Some((app, metric.of_container_alone(app.name())?)));
            match edits {
                Some((app, edits)) => {
                    let order = text!["scale by container \"", app.name(), "\" alone"];
                    if let Some(finding) = pair.report(violation, order.clone(), out) {
                        finding.unsafe_fix(order, edits);
                    }
                }
                None => {
                    let help = if cx.kubernetes().at_least(27) {
                        "scale by a ContainerResource metric of the container that does the work"
                    } else {
                        "scale by averageValue, or by another metric"
                    };
                    pair.report(violation, help.to_owned(), out);
                }
            }
        }
        Ok(())
    }

    /// The one container that is no sidecar.
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
