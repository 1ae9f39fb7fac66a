use crate::kube::autoscaler::Autoscaler;
use crate::lookup::autoscaler::autoscalers_of_target;
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects that scale what another one scales already. The
/// HorizontalPodAutoscaler that KEDA makes of a ScaledObject is no second one, nor is one that the ScaledObject takes over
/// by naming it in `advanced.horizontalPodAutoscalerConfig.name`.
///
/// In a cluster whichever autoscaler comes last is told. Among files, which are all checked together, one of them is passed:
/// a ScaledObject before a HorizontalPodAutoscaler, then the first by name.
///
/// ## Why
/// From 1.26 on Kubernetes sees that both mean the same pods and gives up: neither scales, and nothing says so but the
/// condition `AmbiguousSelector` of both. Before, each sets the number of pods to what its own metric wants, every 15
/// seconds, and neither knows of the other: pods are started and stopped all the time.
///
/// ## What to write
/// One autoscaler with several metrics. The one that wants most pods wins:
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
/// Beside other triggers, KEDA has triggers of type `cpu` and `memory`, so that a ScaledObject can do without a
/// HorizontalPodAutoscaler.
///
/// ## Limits
/// Autoscalers of kinds that are not known here, which have a scale subresource of their own, are not compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DuplicateAutoscaler {}

/// More related places than these help nobody.
const RELATED: usize = 10;

impl Policy for DuplicateAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "duplicate-autoscaler",
        title: "Each workload has one autoscaler",
        why: "neither scales at all, or each undoes the other's number of pods",
        help: "put the metrics of all of them into one autoscaler and remove the others",
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
        // One that a ScaledObject takes over isn't among them.
        let Some(own) = found.iter().find(|found| cx.is_target(found)) else { return Ok(()) };
        let mut others: Vec<&Found> = found.iter().filter(|found| !cx.is_target(found)).collect();
        others.sort_by(|one, other| rank(one).cmp(&rank(other)));
        let Some(first) = others.first() else { return Ok(()) };
        if cx.is_batch() && rank(own) < rank(first) {
            return Ok(());
        }
        let others: Vec<Autoscaler<'_>> =
            others.iter().filter_map(|found| Autoscaler::of(cx.node(&found), found.kind)).collect();
        let by = others.first().map(Autoscaler::title).unwrap_or_default();
        let message = text![kind.name, " \"", name, "\" is scaled by ", by, " already"];
        let mut finding = out.report(autoscaler.target_node(), message);
        for other in others.iter().take(RELATED) {
            finding = finding.related(Related::to(other.kind(), other.target_node(), other.object(), "scales it, too"));
        }
        Ok(())
    }
}

/// Which of several is the one to keep.
fn rank(found: &Found) -> (bool, &str) {
    (*found.kind != kinds::SCALED_OBJECT, found.name())
}
