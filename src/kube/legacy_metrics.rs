//! Metrics and behavior in annotations of autoscaling/v1 objects, which have no fields for them.

use serde_json::{Map, Value};

use crate::json::{json, object};

use crate::json::node::{Malformed, Node};

/// The prefix of these annotations.
pub const PREFIX: &str = "autoscaling.alpha.kubernetes.io/";

/// The annotation with metrics.
pub const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";

/// The annotation with behavior.
pub const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

/// All metrics of an autoscaling/v1 autoscaler in autoscaling/v2 form: those in the annotation, and the one in its own field.
/// `None` when the annotation can't be read.
///
/// # Errors
/// If one of them has the wrong type.
pub fn metrics(object: Node<'_>) -> Result<Option<Vec<Value>>, Malformed> {
    let mut metrics = match object.get("metadata").get("annotations").entry(METRICS).str()? {
        None => Vec::new(),
        Some(text) => match read_metrics(text) {
            None => return Ok(None),
            Some(metrics) => metrics,
        },
    };
    if let Some(percentage) = object.get("spec").get("targetCPUUtilizationPercentage").int()? {
        let target = json!({"type": "Utilization", "averageUtilization": percentage});
        metrics.push(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    Ok(Some(metrics))
}

/// The metrics in the annotation's text in autoscaling/v2 form; `None` when they can't be read.
pub fn read_metrics(text: &str) -> Option<Vec<Value>> {
    // Not from_str, which would add a second copy of the parser to the module.
    let metrics: Value = serde_json::from_slice(text.as_bytes()).ok()?;
    metrics.as_array()?.iter().map(read_metric).collect()
}

fn read_metric(metric: &Value) -> Option<Value> {
    let kind = field(metric, "type")?.as_str()?;
    let name = match kind {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    };
    let source = field(metric, name)?;
    let mut read = Map::new();
    match kind {
        "Resource" | "ContainerResource" => {
            read = pick(source, &["name", "container"]);
            read.insert("target".to_owned(), target(source)?);
        }
        _ => {
            let mut metric = Map::new();
            metric.insert("name".to_owned(), field(source, "metricName")?.clone());
            let selector = field(source, "selector").or_else(|| field(source, "metricSelector"));
            if let Some(selector) = selector {
                metric.insert("selector".to_owned(), selector.clone());
            }
            read.insert("metric".to_owned(), Value::Object(metric));
            read.insert("target".to_owned(), target(source)?);
            if kind == "Object" {
                let described = pick(field(source, "target")?, &["kind", "name", "apiVersion"]);
                read.insert("describedObject".to_owned(), Value::Object(described));
            }
        }
    }
    let mut metric = Map::new();
    metric.insert("type".to_owned(), Value::from(kind));
    metric.insert(name.to_owned(), Value::Object(read));
    Some(Value::Object(metric))
}

/// The metric's target.
fn target(source: &Value) -> Option<Value> {
    for (old, kind, new) in [
        ("targetAverageUtilization", "Utilization", "averageUtilization"),
        ("targetAverageValue", "AverageValue", "averageValue"),
        ("averageValue", "AverageValue", "averageValue"),
        ("targetValue", "Value", "value"),
    ] {
        if let Some(amount) = field(source, old) {
            return Some(object(vec![("type", kind.into()), (new, amount.clone())]));
        }
    }
    None
}

/// The behavior in the annotation's text in autoscaling/v2 form; `None` when it can't be read.
pub fn read_behavior(text: &str) -> Option<Value> {
    let behavior: Value = serde_json::from_slice(text.as_bytes()).ok()?;
    behavior.as_object()?;
    let mut read = Map::new();
    for direction in ["scaleUp", "scaleDown"] {
        let Some(rules) = field(&behavior, direction) else { continue };
        let mut rules = pick(rules, &["stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"]);
        if let Some(policies) = rules.get_mut("policies") {
            let policy = |policy| Value::Object(pick(policy, &["type", "value", "periodSeconds"]));
            *policies = policies.as_array()?.iter().map(policy).collect();
        }
        read.insert(direction.to_owned(), Value::Object(rules));
    }
    Some(Value::Object(read))
}

/// A field, ignoring the case of its name: the API server writes behavior in upper camel case, and reads either.
fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut fields = value.as_object()?.iter();
    fields.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null()).map(|(_, value)| value)
}

/// The fields with these names.
fn pick(value: &Value, names: &[&str]) -> Map<String, Value> {
    let found = names.iter().filter_map(|name| Some(((*name).to_owned(), field(value, name)?.clone())));
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn metrics_are_converted_to_v2() {
        let text = r#"[
            {"type":"Resource","resource":{"name":"memory","targetAverageUtilization":70}},
            {"type":"Resource","resource":{"name":"cpu","targetAverageValue":"500m"}},
            {"type":"ContainerResource","containerResource":{"name":"cpu","container":"app","targetAverageUtilization":60}},
            {"type":"Pods","pods":{"metricName":"queue","targetAverageValue":"30"}},
            {"type":"Object","object":{"target":{"kind":"Ingress","name":"web","apiVersion":"networking.k8s.io/v1"},
                "metricName":"requests","targetValue":"2k"}},
            {"type":"External","external":{"metricName":"jobs","metricSelector":{"matchLabels":{"queue":"mail"}},
                "targetAverageValue":"5"}}]"#;
        let utilization = |percentage: i64| json!({"type": "Utilization", "averageUtilization": percentage});
        let average = |value: &str| json!({"type": "AverageValue", "averageValue": value});
        let expected = json!([
            {"type": "Resource", "resource": {"name": "memory", "target": utilization(70)}},
            {"type": "Resource", "resource": {"name": "cpu", "target": average("500m")}},
            {"type": "ContainerResource",
                "containerResource": {"name": "cpu", "container": "app", "target": utilization(60)}},
            {"type": "Pods", "pods": {"metric": {"name": "queue"}, "target": average("30")}},
            {"type": "Object", "object": {
                "describedObject": {"kind": "Ingress", "name": "web", "apiVersion": "networking.k8s.io/v1"},
                "metric": {"name": "requests"}, "target": {"type": "Value", "value": "2k"}}},
            {"type": "External", "external": {
                "metric": {"name": "jobs", "selector": {"matchLabels": {"queue": "mail"}}}, "target": average("5")}},
        ]);
        assert_eq!(read_metrics(text).map(Value::from), Some(expected));
        for wrong in
            ["", "{}", "[{}]", r#"[{"type":"Resource"}]"#, r#"[{"type":"Resource","resource":{"name":"cpu"}}]"#]
        {
            assert_eq!(read_metrics(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn behavior_fields_match_in_either_case() {
        let text = r#"{"ScaleDown":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Tolerance":null,
            "Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":60}]},"scaleUp":{"selectPolicy":"Min"},"ScaleLeft":1}"#;
        let expected = json!({
            "scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
            "scaleUp": {"selectPolicy": "Min"}});
        assert_eq!(read_behavior(text), Some(expected));
        for wrong in ["", "[]", r#"{"scaleUp":{"policies":1}}"#] {
            assert_eq!(read_behavior(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_cpu_field_is_added_to_the_annotation() {
        let arena = PathArena::new();
        let read = |object: Value| metrics(Node::root(&object, &arena)).unwrap().map(|metrics| metrics.len());
        let hidden = r#"[{"type":"Resource","resource":{"name":"memory","targetAverageUtilization":70}}]"#;
        assert_eq!(read(json!({})), Some(0));
        assert_eq!(read(json!({"spec": {"targetCPUUtilizationPercentage": 60}})), Some(1));
        let object = |text| json!({"metadata": {"annotations": {METRICS: text}}, "spec": {"targetCPUUtilizationPercentage": 60}});
        assert_eq!(read(object(hidden)), Some(2));
        assert_eq!(read(object("?")), None);
    }
}
