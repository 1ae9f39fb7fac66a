use crate::kube::budget::Budget;
use crate::kube::container::KNOWN_SIDECARS;
use crate::kube::exclusive::Exclusive;
use crate::kube::owner::is_controlled;
use crate::kube::resources::Resources;
use crate::kube::service_class::{LABEL, ServiceClass};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{autoscalers_of, is_resized, the_pods};
use crate::lookup::budget::budgets_for;
use crate::lookup::mesh::injection;
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports Deployments and Rollouts without a HorizontalPodAutoscaler or a KEDA ScaledObject. Skips workloads with
/// `replicas: 0`, which are switched off, and those owned by another controller, such as an operator, which sets their
/// replica count. Also skips workloads whose pods can't simply be multiplied: those with the label
/// `plimsoll.dev/singleton: "true"`, with the strategy `Recreate`, with a persistent volume claim, and databases. The same goes
/// for workloads whose requests a VerticalPodAutoscaler among the given objects changes.
///
/// Other workloads have a fixed size on purpose: a program that elects a leader, a worker bound to one partition of a
/// queue. They opt out with an annotation.
///
/// ## Why
/// A fixed replica count is a guess about peak load, made when the service was first deployed. If it is too low, the service
/// goes down while the cluster has capacity to spare; if it is high enough, most pods are idle at night.
///
/// ## What to write
/// ```yaml
/// apiVersion: autoscaling/v2
/// kind: HorizontalPodAutoscaler
/// metadata:
///   name: web
/// spec:
///   scaleTargetRef:
///     apiVersion: apps/v1
///     kind: Deployment
///     name: web
///   minReplicas: 2
///   maxReplicas: 10
///   metrics:
///     - type: Resource
///       resource:
///         name: cpu
///         target: {type: Utilization, averageUtilization: 65}
/// ```
/// Or, on a Deployment with a fixed size:
/// ```yaml
/// metadata:
///   annotations:
///     plimsoll.dev/no-autoscaler: elects a leader, more pods would idle
/// ```
///
/// ## Limits
/// The autoscaler is usually applied after the workload: unless `onViolation` is set, a missing one only warns on CREATE. The
/// suggested autoscaler is a starting point: find the right numbers with a load test. None is suggested where it could not
/// work: without a CPU request, with several app containers, with host ports, devices or required anti-affinity, and where a
/// PodDisruptionBudget would keep too few pods at its CPU target.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingAutoscaler {
    /// The annotation that opts a workload out, with the reason as its value; an empty value and `false` don't count. It counts
    /// where other annotations do: see `honorAnnotations`.
    pub opt_out_annotation: LabelKey,
}

impl Default for MissingAutoscaler {
    fn default() -> MissingAutoscaler {
        MissingAutoscaler { opt_out_annotation: LabelKey::known("plimsoll.dev/no-autoscaler") }
    }
}

impl Policy for MissingAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "missing-autoscaler",
        title: "Deployments have an autoscaler",
        why: "a fixed replica count is too low at peak load and too high the rest of the time",
        help: "add a HorizontalPodAutoscaler, or state in an annotation why the replica count is fixed",
        category: Category::Autoscaling,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::ROLLOUT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_SCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let replicas = workload.replicas()?;
        let annotations = cx.object().get("metadata").get("annotations");
        let reason = annotations.entry(self.opt_out_annotation.as_str()).str()?.map(str::trim_ascii);
        let opted_out = cx.honors_annotations() && !matches!(reason, None | Some("" | "false"));
        if replicas == Some(0) || opted_out || is_controlled(cx.object()) {
            return Ok(());
        }
        let pod = cx.pod()?;
        let exclusive = pod.map_or(Ok(None), |pod| Exclusive::of(&workload, pod, cx.namespace()))?;
        if exclusive.is_some_and(is_fixed_size) {
            return Ok(());
        }
        // Beside one that changes the requests, another one would work against it.
        if !autoscalers_of(cx, &workload)?.is_empty() || is_resized(cx, &workload)? {
            return Ok(());
        }
        let replicas = replicas.unwrap_or(1);
        let message = text!["no autoscaler scales ", the_pods(cx, replicas), " of ", workload.title()];
        let mut help = "add a HorizontalPodAutoscaler".to_owned();
        if cx.honors_annotations() {
            help = text![help, ", or the annotation ", self.opt_out_annotation.as_str(), " with a reason"];
        }
        let finding = out.report(workload.replicas_node(), message).help(help);
        let Some(pod) = pod.filter(|_| cx.is_batch() && matches!(exclusive, None | Some(Exclusive::NoSurge))) else {
            return Ok(());
        };
        let class = ServiceClass::of(cx.object(), workload.pod_metadata(), LABEL)?.unwrap_or(ServiceClass::Core);
        let size = Size {
            min: replicas.max(class.choose(2, 1)),
            max: replicas.max(class.choose(2, 1)).saturating_mul(2),
            target: class.choose(65, 85),
        };
        if let Some(metric) = metric(cx, pod, size.target)?
            && (class == ServiceClass::NonCore || size.fits(cx, &workload)?)
            && let Some(autoscaler) = autoscaler_of(&workload, size, metric)
        {
            finding.new_object(autoscaler);
        }
        Ok(())
    }
}

/// True when pods of the workload can't be added and removed with the load.
fn is_fixed_size(exclusive: Exclusive) -> bool {
    match exclusive {
        Exclusive::Singleton
        | Exclusive::Claim
        | Exclusive::SharedClaim
        | Exclusive::OwnClaim
        | Exclusive::DataStore
        | Exclusive::Recreate => true,
        Exclusive::HostPort | Exclusive::AntiAffinity | Exclusive::Device | Exclusive::NoSurge => false,
    }
}

/// The numbers of the suggested autoscaler.
#[derive(Clone, Copy)]
struct Size {
    min: i64,
    max: i64,
    /// The CPU target in percent of the requests.
    target: i64,
}

impl Size {
    /// True when the given budgets for the workload keep enough pods for the CPU target.
    fn fits(self, cx: &Context<'_>, workload: &Workload<'_>) -> Result<bool, CheckError> {
        let budgets = match budgets_for(cx, workload.labels()) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) => Vec::new(),
            budgets => budgets?,
        };
        // As thin-disruption-budget does by default.
        let share = self.target.saturating_add(5);
        Ok(budgets.iter().all(|found| {
            Budget::read(cx.node(found))
                .is_ok_and(|budget| budget.demand.keeps(share, self.min) && budget.demand.keeps(share, self.max))
        }))
    }
}

/// The CPU utilization of the app; `None` when it can't be computed, or would be averaged over containers that do other work.
fn metric(cx: &Context<'_>, pod: &Pod<'_>, target: i64) -> Result<Option<Value>, CheckError> {
    let is_sidecar = |container: &&Container<'_>| KNOWN_SIDECARS.contains(&container.name());
    let mut apps = pod.app_containers().filter(|container| !is_sidecar(container));
    let (Some(app), None) = (apps.next(), apps.next()) else { return Ok(None) };
    if Resources::of_container(app)?.request("cpu")?.is_none() {
        return Ok(None);
    }
    let target = json!({"type": "Utilization", "averageUtilization": target});
    if pod.long_running_containers().count() == 1 && injection(cx, pod)?.is_none() {
        return Ok(Some(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}})));
    }
    let source = json!({"name": "cpu", "container": app.name(), "target": target});
    let is_known = cx.kubernetes().at_least(27);
    Ok(is_known.then(|| json!({"type": "ContainerResource", "containerResource": source})))
}

/// An autoscaler to start with; `None` when the workload has no name yet.
fn autoscaler_of(workload: &Workload<'_>, size: Size, metric: Value) -> Option<Value> {
    let metadata = workload.accompanying_metadata()?;
    Some(json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {
                "apiVersion": workload.kind().api_version(),
                "kind": workload.kind().name,
                "name": workload.name(),
            },
            "minReplicas": size.min,
            "maxReplicas": size.max,
            "metrics": [metric],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }))
}
