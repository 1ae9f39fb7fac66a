use crate::kube::owner::is_controlled;
use crate::kube::service_class::{LABEL, ServiceClass};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::autoscalers_of;
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports Deployments and Rollouts without a HorizontalPodAutoscaler or a KEDA ScaledObject. Skips workloads with
/// `replicas: 0`, which are switched off, and those owned by another controller, such as an operator, which sets their
/// replica count.
///
/// Some workloads have a fixed size on purpose: a singleton that elects a leader, a worker bound to one partition of a
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
/// suggested autoscaler is a starting point: find the right numbers with a load test.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingAutoscaler {
    /// The annotation that opts a workload out, with the reason as its value; an empty value and `false` don't count.
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
        let opted_out = !matches!(reason, None | Some("" | "false"));
        if replicas == Some(0) || opted_out || is_controlled(cx.object()) {
            return Ok(());
        }
        if !autoscalers_of(cx, &workload)?.is_empty() {
            return Ok(());
        }
        let replicas = replicas.unwrap_or(1);
        let pods = match replicas {
            1 => "pod".to_owned(),
            pods => text![pods.to_string(), " pods"],
        };
        let message = text!["no autoscaler scales the ", pods, " of ", workload.title()];
        let annotation = self.opt_out_annotation.as_str();
        let help = ["add a HorizontalPodAutoscaler, or the annotation ", annotation, " with a reason"];
        let finding = out.report(workload.replicas_node(), message).help(help.concat());
        let class = ServiceClass::of(cx.object(), workload.pod_metadata(), LABEL)?.unwrap_or(ServiceClass::Core);
        if let Some(autoscaler) = autoscaler_of(&workload, replicas, class) {
            finding.new_object(autoscaler);
        }
        Ok(())
    }
}

/// An autoscaler to start with; `None` when the workload has no name yet.
fn autoscaler_of(workload: &Workload<'_>, replicas: i64, class: ServiceClass) -> Option<Value> {
    let metadata = workload.accompanying_metadata()?;
    let least = replicas.clamp(class.choose(2, 1), class.choose(5, 3));
    let target = json!({"type": "Utilization", "averageUtilization": class.choose(65, 85)});
    Some(json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {
                "apiVersion": workload.object().get("apiVersion").value()?,
                "kind": workload.kind().name,
                "name": workload.name(),
            },
            "minReplicas": least,
            "maxReplicas": replicas.max(least).saturating_mul(2),
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }))
}
