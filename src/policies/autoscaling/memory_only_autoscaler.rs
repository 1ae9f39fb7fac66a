use crate::kube::autoscaler::Autoscaler;
use crate::kube::legacy_metrics;
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects that scale on memory only. Metrics in annotations of
/// autoscaling/v1 objects count too. An autoscaler without metrics scales on CPU. HorizontalPodAutoscalers created by KEDA
/// are skipped: their ScaledObject is checked instead.
///
/// ## Why
/// Memory doesn't follow load. Garbage-collected runtimes rarely return memory and caches grow until they are full, so the
/// autoscaler adds pods and hardly ever removes one, and a leak fills the cluster. Meanwhile a spike in requests that needs
/// CPU goes unnoticed. Memory is a good second metric and a poor only one.
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
/// The metric that yields the most pods wins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MemoryOnlyAutoscaler {}

impl Policy for MemoryOnlyAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "memory-only-autoscaler",
        title: "Autoscalers don't scale on memory alone",
        why: "memory rarely drops when load does, so pods are added and hardly ever removed",
        help: "add a metric that follows load, such as CPU or the request rate",
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
            out.report(place, "memory is the only scaling metric");
        }
        Ok(())
    }
}

/// The resource of each metric; empty for metrics that measure no resource.
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
