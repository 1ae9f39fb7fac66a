//! Autoscaler metrics that measure the resource usage of containers.

use serde_json::Value;

use crate::json::edit::Edit;
use crate::json::json;
use crate::json::node::{Malformed, Node};
use crate::kube::autoscaler::Autoscaler;
use crate::kube::legacy_metrics::METRICS as HIDDEN_METRICS;
use crate::kube::quantity::Quantity;

/// An autoscaler metric that measures how much of a resource containers use.
pub struct ResourceMetric<'a> {
    /// The resource: `cpu` or `memory`.
    pub resource: &'a str,
    /// The single container that it measures; `None` averages over all of them.
    pub container: Option<&'a str>,
    /// The whole metric in its list; the field of autoscaling/v1.
    pub entry: Node<'a>,
    /// The place of the metric source.
    pub node: Node<'a>,
    /// The place of the container's name.
    pub container_node: Node<'a>,
    /// The place of the target amount.
    pub amount_node: Node<'a>,
    /// Whether the target is a percentage of the containers' requests; otherwise it is an absolute average per pod.
    pub relative: bool,
    form: Form,
}

/// How a metric is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In `metrics`.
    Listed,
    /// In the one field of autoscaling/v1.
    Single,
    /// Not at all, in autoscaling/v2: the default metric.
    Absent,
    /// As a KEDA trigger, whose metadata values are strings.
    Trigger,
}

/// The CPU utilization target of an autoscaler without metrics.
const DEFAULT_PERCENTAGE: i64 = 80;

impl<'a> ResourceMetric<'a> {
    /// The target in percent of the requests; `None` for an absolute amount, and when the number is missing, which the API
    /// server rejects.
    ///
    /// # Errors
    /// If it isn't a whole number.
    pub fn percentage(&self) -> Result<Option<i64>, Malformed> {
        if !self.relative {
            return Ok(None);
        }
        if self.is_default() {
            return Ok(Some(DEFAULT_PERCENTAGE));
        }
        match self.amount_node.value().and_then(Value::as_str) {
            Some(text) if self.form == Form::Trigger => match text.parse() {
                Ok(percentage) => Ok(Some(percentage)),
                Err(_) => Err(self.amount_node.malformed("a whole number")),
            },
            _ => self.amount_node.int(),
        }
    }

    /// The absolute target; `None` for a percentage.
    ///
    /// # Errors
    /// If it isn't a quantity.
    pub fn average(&self) -> Result<Option<Quantity>, Malformed> {
        if self.relative { Ok(None) } else { Quantity::read(self.amount_node) }
    }

    /// True for the default metric of an autoscaler without metrics.
    pub fn is_default(&self) -> bool {
        self.form == Form::Absent || self.form == Form::Single && !self.amount_node.exists()
    }

    /// The edit that gives it another percentage.
    pub fn set_percentage(&self, percentage: i64) -> Edit {
        let value = match self.form {
            Form::Listed | Form::Single => json!(percentage),
            Form::Trigger => json!(percentage.to_string()),
            Form::Absent => {
                let target = json!({"type": "Utilization", "averageUtilization": percentage});
                json!([{"type": "Resource", "resource": {"name": self.resource, "target": target}}])
            }
        };
        Edit::Set { at: self.amount_node.path(), value }
    }

    /// The edits that turn an average over all containers into a metric of `container` only; `None` in autoscaling/v1, which
    /// has no such metric.
    pub fn of_container_alone(&self, container: &str) -> Option<Vec<Edit>> {
        let metric = |target: &Value| json!({"name": self.resource, "container": container, "target": target.clone()});
        let set = |at, value| Edit::Set { at, value };
        Some(match self.form {
            Form::Single => return None,
            Form::Trigger => vec![set(self.container_node.path(), json!(container))],
            Form::Absent => {
                let target = json!({"type": "Utilization", "averageUtilization": DEFAULT_PERCENTAGE});
                let metric = json!({"type": "ContainerResource", "containerResource": metric(&target)});
                vec![set(self.amount_node.path(), json!([metric]))]
            }
            Form::Listed => {
                let target = self.node.get("target").value()?;
                vec![
                    set(self.entry.get("type").path(), json!("ContainerResource")),
                    set(self.entry.get("containerResource").path(), metric(target)),
                    Edit::Remove { at: self.node.path() },
                ]
            }
        })
    }

    /// The name of the field with the target amount.
    pub fn field(&self) -> &'static str {
        match (self.form, self.relative) {
            (Form::Single, _) => "targetCPUUtilizationPercentage",
            (Form::Trigger, _) => "metadata.value",
            (_, true) => "averageUtilization",
            (_, false) => "averageValue",
        }
    }
}

/// The autoscaler's metrics that are percentages of requests. A HorizontalPodAutoscaler without metrics has one: 80% CPU
/// utilization.
///
/// # Errors
/// If fields have the wrong type.
pub fn utilizations<'a>(autoscaler: &Autoscaler<'a>) -> Result<Vec<ResourceMetric<'a>>, Malformed> {
    let mut metrics = resource_metrics(autoscaler)?;
    metrics.retain(|metric| metric.relative);
    Ok(metrics)
}

/// The autoscaler's metrics that measure container resources: percentages of requests, and absolute amounts. Metrics in
/// annotations of autoscaling/v1 objects are left out.
///
/// # Errors
/// If fields have the wrong type.
pub fn resource_metrics<'a>(autoscaler: &Autoscaler<'a>) -> Result<Vec<ResourceMetric<'a>>, Malformed> {
    let spec = autoscaler.object().get("spec");
    if autoscaler.is_scaled_object() {
        return of_triggers(spec.get("triggers"));
    }
    let of_cpu = |node: Node<'a>, form| ResourceMetric {
        resource: "cpu",
        container: None,
        entry: node,
        node,
        container_node: node,
        amount_node: node,
        relative: true,
        form,
    };
    let mut found = Vec::new();
    let api_version = autoscaler.object().get("apiVersion").str()?;
    if api_version == Some("autoscaling/v1") {
        let node = spec.get("targetCPUUtilizationPercentage");
        let hidden = autoscaler.object().get("metadata").get("annotations").entry(HIDDEN_METRICS);
        if node.exists() || !hidden.exists() {
            found.push(of_cpu(node, Form::Single));
        }
        return Ok(found);
    }
    let metrics = spec.get("metrics");
    if metrics.items()?.len() == 0 {
        found.push(of_cpu(metrics, Form::Absent));
    }
    for entry in metrics.items()? {
        let (node, container) = match entry.get("type").str()? {
            Some("Resource") => (entry.get("resource"), None),
            Some("ContainerResource") => {
                let node = entry.get("containerResource");
                (node, node.get("container").str()?)
            }
            _ => continue,
        };
        let target = node.get("target");
        // autoscaling/v2beta1 has the target fields beside the name.
        let (amount_node, relative) = match target.get("type").str()? {
            Some("Utilization") => (target.get("averageUtilization"), true),
            Some(_) => (target.get("averageValue"), false),
            None if node.get("targetAverageUtilization").exists() => (node.get("targetAverageUtilization"), true),
            None => (node.get("targetAverageValue"), false),
        };
        if let Some(resource) = node.get("name").str()? {
            let container_node = node.get("container");
            let form = Form::Listed;
            found.push(ResourceMetric {
                resource,
                container,
                entry,
                node,
                container_node,
                amount_node,
                relative,
                form,
            });
        }
    }
    Ok(found)
}

fn of_triggers(triggers: Node<'_>) -> Result<Vec<ResourceMetric<'_>>, Malformed> {
    let mut found = Vec::new();
    for trigger in triggers.items()? {
        let Some(resource @ ("cpu" | "memory")) = trigger.get("type").str()? else { continue };
        let metadata = trigger.get("metadata");
        // Before KEDA 2.7 the type was in the metadata.
        let kind = match trigger.get("metricType").str()? {
            None => metadata.get("type").str()?,
            kind => kind,
        };
        let relative = match kind {
            Some("Utilization") => true,
            Some("AverageValue") => false,
            _ => continue,
        };
        let container_node = metadata.get("containerName");
        let container = container_node.str()?.filter(|name| !name.is_empty());
        let amount_node = metadata.get("value");
        let (entry, node, form) = (trigger, trigger, Form::Trigger);
        found.push(ResourceMetric { resource, container, entry, node, container_node, amount_node, relative, form });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::Kind;

    fn read(object: Value) -> Vec<(String, Option<String>)> {
        let arena = PathArena::new();
        let autoscaler = Autoscaler::of(Node::root(&object, &arena), Kind::of(&object).unwrap()).unwrap();
        let found = utilizations(&autoscaler).unwrap();
        found.into_iter().map(|metric| (metric.resource.to_owned(), metric.container.map(str::to_owned))).collect()
    }

    fn amounts(object: &Value) -> Vec<(Option<i64>, Option<Quantity>, bool)> {
        let arena = PathArena::new();
        let autoscaler = Autoscaler::of(Node::root(object, &arena), Kind::of(object).unwrap()).unwrap();
        let found = resource_metrics(&autoscaler).unwrap();
        let amount = |metric: &ResourceMetric<'_>| {
            (metric.percentage().unwrap(), metric.average().unwrap(), metric.is_default())
        };
        found.iter().map(amount).collect()
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
    fn without_metrics_the_default_is_cpu() {
        let cpu = [("cpu".to_owned(), None)];
        assert_eq!(read(autoscaler("autoscaling/v2", json!({}))), cpu);
        assert_eq!(read(autoscaler("autoscaling/v1", json!({}))), cpu);
        let mut hidden = autoscaler("autoscaling/v1", json!({}));
        hidden["metadata"] = json!({"annotations": {HIDDEN_METRICS: "[]"}});
        assert_eq!(read(hidden), []);
    }

    #[test]
    fn keda_triggers_are_metrics() {
        let object = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            {"type": "cpu", "metricType": "AverageValue", "metadata": {"value": "1"}},
            {"type": "memory", "metadata": {"type": "Utilization", "containerName": "app"}},
            {"type": "prometheus", "metadata": {}}]}});
        assert_eq!(read(object), [("cpu".to_owned(), None), ("memory".to_owned(), Some("app".to_owned()))]);
    }

    #[test]
    fn targets_are_percentages_or_quantities() {
        let half = Quantity::parse("500m");
        let metrics = json!({"metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "0.5"}}},
            {"type": "Resource", "resource":
                {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 65}}},
            {"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization"}}}]});
        let expected = [(None, half, false), (Some(65), None, false), (None, None, false)];
        assert_eq!(amounts(&autoscaler("autoscaling/v2", metrics)), expected);
        let old = json!({"metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 65}},
            {"type": "Resource", "resource": {"name": "cpu", "targetAverageValue": "500m"}}]});
        assert_eq!(amounts(&autoscaler("autoscaling/v2beta1", old)), [(Some(65), None, false), (None, half, false)]);
        for version in ["autoscaling/v1", "autoscaling/v2"] {
            assert_eq!(amounts(&autoscaler(version, json!({}))), [(Some(80), None, true)], "{version}");
        }
        let single = json!({"targetCPUUtilizationPercentage": 65});
        assert_eq!(amounts(&autoscaler("autoscaling/v1", single)), [(Some(65), None, false)]);
        let object = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "65"}},
            {"type": "cpu", "metricType": "AverageValue", "metadata": {"value": "500m"}}]}});
        assert_eq!(amounts(&object), [(Some(65), None, false), (None, half, false)]);
    }

    #[test]
    fn edits_keep_the_form_of_the_metric() {
        let metric = |percentage| {
            json!([{"type": "Resource", "resource":
                {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": percentage}}}])
        };
        let trigger = |value: Value| json!([{"type": "cpu", "metricType": "Utilization", "metadata": value}]);
        let keda = |triggers: Value| json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": triggers}});
        let v1 = |spec| autoscaler("autoscaling/v1", spec);
        let v2 = |spec| autoscaler("autoscaling/v2", spec);
        let alone = |percentage| {
            json!([{"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "app",
                "target": {"type": "Utilization", "averageUtilization": percentage}}}])
        };
        for (before, after, alone) in [
            (
                v2(json!({"metrics": metric(90)})),
                v2(json!({"metrics": metric(70)})),
                Some(v2(json!({"metrics": alone(90)}))),
            ),
            (v2(json!({})), v2(json!({"metrics": metric(70)})), Some(v2(json!({"metrics": alone(80)})))),
            (v1(json!({})), v1(json!({"targetCPUUtilizationPercentage": 70})), None),
            (
                keda(trigger(json!({"value": "90"}))),
                keda(trigger(json!({"value": "70"}))),
                Some(keda(trigger(json!({"value": "90", "containerName": "app"})))),
            ),
        ] {
            let arena = PathArena::new();
            let autoscaler = Autoscaler::of(Node::root(&before, &arena), Kind::of(&before).unwrap()).unwrap();
            let metrics = utilizations(&autoscaler).unwrap();
            let mut edited = before.clone();
            metrics[0].set_percentage(70).apply(&mut edited).unwrap();
            assert_eq!(edited, after);
            let edited = metrics[0].of_container_alone("app").map(|edits| {
                let mut edited = before.clone();
                edits.iter().for_each(|edit| edit.apply(&mut edited).unwrap());
                edited
            });
            assert_eq!(edited, alone);
        }
    }
}
