//! Metrics of an autoscaler that compare use with requests.

use crate::kube::node::{Malformed, Node};
use crate::kube::scaling::Scaler;

/// A metric that is a percentage of what containers request.
pub struct Utilization<'a> {
    /// The resource: `cpu` or `memory`.
    pub resource: &'a str,
    /// The one container that it is about; `None` averages over all of them.
    pub container: Option<&'a str>,
    /// The place of the metric.
    pub node: Node<'a>,
    /// The place of the container's name.
    pub container_node: Node<'a>,
}

/// The annotation in which autoscaling/v1 hides metrics that it has no field for.
const HIDDEN_METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";

/// The metrics of the autoscaler that are percentages of requests. An HorizontalPodAutoscaler without metrics has one: 80 %
/// of the processor time.
///
/// # Errors
/// When they have fields of the wrong types.
pub fn utilizations<'a>(scaler: &Scaler<'a>) -> Result<Vec<Utilization<'a>>, Malformed> {
    let spec = scaler.object().get("spec");
    if scaler.is_scaled_object() {
        return of_triggers(spec.get("triggers"));
    }
    let mut found = Vec::new();
    let api_version = scaler.object().get("apiVersion").str()?;
    if api_version == Some("autoscaling/v1") {
        let node = spec.get("targetCPUUtilizationPercentage");
        let hidden = scaler.object().get("metadata").get("annotations").entry(HIDDEN_METRICS);
        if node.exists() || !hidden.exists() {
            found.push(Utilization { resource: "cpu", container: None, node, container_node: node });
        }
        return Ok(found);
    }
    let metrics = spec.get("metrics");
    if metrics.items()?.len() == 0 {
        found.push(Utilization { resource: "cpu", container: None, node: metrics, container_node: metrics });
    }
    for metric in metrics.items()? {
        let (source, container) = match metric.get("type").str()? {
            Some("Resource") => (metric.get("resource"), None),
            Some("ContainerResource") => {
                let source = metric.get("containerResource");
                (source, source.get("container").str()?)
            }
            _ => continue,
        };
        // autoscaling/v2beta1 has the percentage beside the name.
        let relative = source.get("target").get("type").str()? == Some("Utilization")
            || source.get("targetAverageUtilization").exists();
        if let Some(resource) = source.get("name").str()?.filter(|_| relative) {
            found.push(Utilization { resource, container, node: source, container_node: source.get("container") });
        }
    }
    Ok(found)
}

fn of_triggers(triggers: Node<'_>) -> Result<Vec<Utilization<'_>>, Malformed> {
    let mut found = Vec::new();
    for trigger in triggers.items()? {
        let Some(resource @ ("cpu" | "memory")) = trigger.get("type").str()? else { continue };
        let metadata = trigger.get("metadata");
        // Before KEDA 2.7 the type stood in the metadata.
        let kind = match trigger.get("metricType").str()? {
            None => metadata.get("type").str()?,
            kind => kind,
        };
        if kind == Some("Utilization") {
            let container_node = metadata.get("containerName");
            let container = container_node.str()?.filter(|name| !name.is_empty());
            found.push(Utilization { resource, container, node: trigger, container_node });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kube::kinds::Kind;
    use crate::kube::node::Trails;

    fn read(object: Value) -> Vec<(String, Option<String>)> {
        let trails = Trails::new();
        let scaler = Scaler::of(Node::root(&object, &trails), Kind::of(&object).unwrap()).unwrap();
        let found = utilizations(&scaler).unwrap();
        found.into_iter().map(|metric| (metric.resource.to_owned(), metric.container.map(str::to_owned))).collect()
    }

    fn autoscaler(version: &str, spec: Value) -> Value {
        json!({"apiVersion": version, "kind": "HorizontalPodAutoscaler", "spec": spec})
    }

    #[test]
    fn only_percentages_of_requests_count() {
        let metrics = json!({"metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "1"}}},
            {"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization"}}},
            {"type": "ContainerResource", "containerResource":
                {"name": "cpu", "container": "app", "target": {"type": "Utilization"}}},
            {"type": "Pods", "pods": {"metric": {"name": "queue"}}}]});
        let expected = [("memory".to_owned(), None), ("cpu".to_owned(), Some("app".to_owned()))];
        assert_eq!(read(autoscaler("autoscaling/v2", metrics)), expected);
    }

    #[test]
    fn no_metric_means_processor_time() {
        let cpu = [("cpu".to_owned(), None)];
        assert_eq!(read(autoscaler("autoscaling/v2", json!({}))), cpu);
        assert_eq!(read(autoscaler("autoscaling/v1", json!({}))), cpu);
        let mut hidden = autoscaler("autoscaling/v1", json!({}));
        hidden["metadata"] = json!({"annotations": {HIDDEN_METRICS: "[]"}});
        assert_eq!(read(hidden), []);
    }

    #[test]
    fn triggers_of_keda() {
        let object = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            {"type": "cpu", "metricType": "AverageValue", "metadata": {"value": "1"}},
            {"type": "memory", "metadata": {"type": "Utilization", "containerName": "app"}},
            {"type": "prometheus", "metadata": {}}]}});
        assert_eq!(read(object), [("cpu".to_owned(), None), ("memory".to_owned(), Some("app".to_owned()))]);
    }
}
