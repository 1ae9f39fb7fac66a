use crate::kube::autoscaler::Autoscaler;
use crate::lookup::autoscaler::autoscalers_of_target;
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects whose target is already scaled by another one. The
/// HorizontalPodAutoscaler that KEDA creates for a ScaledObject does not count, nor does one that the ScaledObject takes over
/// by naming it in `advanced.horizontalPodAutoscalerConfig.name`.
///
/// At admission the finding is reported on whichever autoscaler is applied last. Among files all but one are reported: the
/// one that passes is a ScaledObject if there is one, else the first by name.
///
/// ## Why
/// Since Kubernetes 1.26 the controller detects that both autoscalers select the same pods and stops: neither scales, and the
/// only sign is the condition `AmbiguousSelector` on both. Before 1.26, each sets the replica count from its own metrics every
/// 15 seconds, unaware of the other, and pods are started and stopped all the time.
///
/// ## What to write
/// One autoscaler with several metrics. The metric that yields the most pods wins:
/// ```yaml
/// apiVersion: autoscaling/v2
/// kind: HorizontalPodAutoscaler
/// metadata:
///   name: web
/// spec:
///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
///   minReplicas: 2
///   maxReplicas: 10
///   metrics:
///     - type: Resource
///       resource:
///         name: cpu
///         target: {type: Utilization, averageUtilization: 65}
///     - type: Pods
///       pods:
///         metric: {name: http_requests_per_second}
///         target: {type: AverageValue, averageValue: "40"}
/// ```
/// KEDA has `cpu` and `memory` triggers too, so a ScaledObject needs no HorizontalPodAutoscaler beside it.
///
/// ## Limits
/// Targets that are custom resources with a scale subresource, other than Rollouts, are not compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DuplicateAutoscaler {}

/// A longer list of related places helps nobody.
const RELATED: usize = 10;

impl Policy for DuplicateAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "duplicate-autoscaler",
        title: "Each workload has at most one autoscaler",
        why: "either none of them scales, or each overwrites the other's replica count",
        help: "move all metrics into one autoscaler and remove the others",
        category: Category::Autoscaling,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_SCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let Some((kind, name)) = autoscaler.target()? else { return Ok(()) };
        let found = autoscalers_of_target(cx, kind, name)?;
        // An HPA that a ScaledObject takes over isn't among them.
        let Some(own) = found.iter().find(|found| cx.is_target(found)) else { return Ok(()) };
        let mut others: Vec<&Found> = found.iter().filter(|found| !cx.is_target(found)).collect();
        others.sort_by(|one, other| rank(one).cmp(&rank(other)));
        let Some(first) = others.first() else { return Ok(()) };
        if cx.is_batch() && rank(own) < rank(first) {
            return Ok(());
        }
        let others: Vec<Autoscaler<'_>> =
            others.iter().filter_map(|found| Autoscaler::of(cx.node(found), found.kind)).collect();
        let by = others.first().map(Autoscaler::title).unwrap_or_default();
        let message = text![kind.name, " \"", name, "\" is already scaled by ", by];
        let mut finding = out.report(autoscaler.target_node(), message);
        for other in others.iter().take(RELATED) {
            let related = Related::to(other.kind(), other.target_node(), other.object(), "scales the same workload");
            finding = finding.related(related);
        }
        Ok(())
    }
}

/// Sorts the autoscaler to keep first.
fn rank(found: &Found) -> (bool, &str) {
    (*found.kind != kinds::SCALED_OBJECT, found.name())
}
