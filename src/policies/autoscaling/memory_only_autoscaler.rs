use crate::kube::autoscaler::Autoscaler;
use crate::kube::legacy_metrics;
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects that scale on memory and nothing else. Metrics that
/// autoscaling/v1 keeps in an annotation are read, too. An autoscaler without metrics scales on processor time, and one
/// that KEDA made is its ScaledObject's affair.
///
/// ## Why
/// Memory doesn't follow the load. Runtimes with a garbage collector keep what they once had, caches grow until they are
/// full: the autoscaler adds pods and hardly ever takes one away, and a leak fills the cluster. A flood of requests that
/// needs processor time goes unnoticed meanwhile. Memory is a good second metric and a poor only one.
///
/// ## What to write
/// ```yaml
/// metrics:
///   - type: Resource
///     resource:
///       name: cpu
///       target: {type: Utilization, averageUtilization: 70}
///   - type: Resource
///     resource:
///       name: memory
///       target: {type: Utilization, averageUtilization: 80}
/// ```
/// The metric that asks for most pods wins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MemoryOnlyAutoscaler {}

impl Policy for MemoryOnlyAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "memory-only-autoscaler",
        title: "Autoscalers watch more than memory",
        why: "memory seldom falls when the load does, so pods are added and hardly ever taken away",
        help: "add a metric that follows the load, such as cpu or the number of requests",
        category: Category::Autoscaling,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let spec = cx.spec().mapping()?;
        let (place, names) = if autoscaler.is_scaled_object() {
            let triggers = spec.get("triggers");
            (triggers, trigger_names(triggers)?)
        } else if cx.object().get("apiVersion").str()? == Some("autoscaling/v1") {
            let place = cx.object().get("metadata").get("annotations").entry(legacy_metrics::METRICS);
            let metrics = legacy_metrics::metrics(cx.object())?.unwrap_or_default();
            let name = |metric: &serde_json::Value| {
                let source = metric.get("resource").or_else(|| metric.get("containerResource"));
                source.and_then(|source| source.get("name")?.as_str()).unwrap_or_default().to_owned()
            };
            (place, metrics.iter().map(name).collect())
        } else {
            let metrics = spec.get("metrics");
            (metrics, metric_names(metrics)?)
        };
        if !names.is_empty() && names.iter().all(|name| name == "memory") {
            out.report(place, "memory is the only metric that pods are added and taken away by");
        }
        Ok(())
    }
}

/// The resource of each metric; empty for those that measure something else.
fn metric_names(metrics: Node<'_>) -> Result<Vec<String>, Malformed> {
    let mut names = Vec::new();
    for metric in metrics.items()? {
        let name = match metric.get("type").str()? {
            Some("Resource") => metric.get("resource").get("name").str()?,
            Some("ContainerResource") => metric.get("containerResource").get("name").str()?,
            _ => None,
        };
        names.push(name.unwrap_or_default().to_owned());
    }
    Ok(names)
}

/// The type of each trigger.
fn trigger_names(triggers: Node<'_>) -> Result<Vec<String>, Malformed> {
    let mut names = Vec::new();
    for trigger in triggers.items()? {
        names.push(trigger.get("type").str()?.unwrap_or_default().to_owned());
    }
    Ok(names)
}
