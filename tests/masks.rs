//! Field masks hide nothing that a policy reads, and keep a large namespace's answer small.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

use std::sync::Arc;

use plimsoll::engine::evaluate::evaluate;
use plimsoll::inventory::Objects;
use plimsoll::kube::kinds::{self, Kind};
use plimsoll::kube::masks::{list_masks_of, masks_of};
use plimsoll::policies::POLICIES;
use serde_json::{Value, json};

/// An object after Kubewarden's masks: lists are implicit, and metadata is always kept.
fn masked(object: &Value, masks: &[&str]) -> Value {
    let mut kept = keep(object, &masks.iter().map(|mask| mask.split('.').collect()).collect::<Vec<Vec<&str>>>());
    if let Some(metadata) = object.get("metadata") {
        kept["metadata"] = metadata.clone();
    }
    kept
}

fn keep(value: &Value, masks: &[Vec<&str>]) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = serde_json::Map::new();
            for (name, value) in fields {
                let below: Vec<Vec<&str>> = masks
                    .iter()
                    .filter(|mask| mask.first() == Some(&name.as_str()))
                    .map(|mask| mask[1..].to_vec())
                    .collect();
                if below.iter().any(Vec::is_empty) {
                    kept.insert(name.clone(), value.clone());
                } else if !below.is_empty() {
                    kept.insert(name.clone(), keep(value, &below));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => items.iter().map(|item| keep(item, masks)).collect(),
        value => value.clone(),
    }
}

/// The object as the API server returns it: without `stringData`.
fn as_served(object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "Secret"
        && let Some(Value::Object(plain)) = object.as_object_mut().and_then(|fields| fields.remove("stringData"))
    {
        plain.into_iter().for_each(|(key, value)| object["data"][key] = value);
    }
    object
}

#[test]
fn masks_change_no_findings() {
    let mut looked = 0;
    for entry in POLICIES.iter().filter(|entry| !entry.metadata.needs.is_empty()) {
        for case in plimsoll_fixtures::of(entry.metadata.id).unwrap() {
            let policies = [case.configured().unwrap()];
            let cluster: Vec<Arc<Value>> = case.cluster.iter().map(|object| Arc::new(as_served(object))).collect();
            let is_named = |kind: &&Kind| kinds::NAMED.contains(kind) || entry.metadata.by_name.contains(kind);
            let seen = cluster.iter().map(|object| match Kind::of(object) {
                Some(kind) if is_named(&kind) => Arc::new(masked(object, masks_of(kind))),
                Some(kind) => Arc::new(masked(object, list_masks_of(kind))),
                None => object.clone(),
            });
            let seen = Objects::cluster(seen.collect());
            // As at admission: the checked object is complete, the others are masked.
            let whole = Objects::cluster(cluster);
            for checked in &case.checked {
                let report = |objects| {
                    let report = evaluate(&policies, &case.review(&checked.object, objects));
                    format!("{:?} {:?}", report.findings, report.errors)
                };
                assert_eq!(report(&seen), report(&whole), "{} {}:{}", entry.metadata.id, case.file, case.line);
                looked += 1;
            }
        }
    }
    assert!(looked > 1000, "{looked}");
}

/// The metadata of an object that Helm installed.
fn metadata(name: &str) -> Value {
    json!({
        "name": name,
        "namespace": "shop",
        "uid": "7d1f2c1e-54d2-4b8e-9d5e-0f0b3c9a1c11",
        "resourceVersion": "184467440",
        "generation": 3,
        "creationTimestamp": "2026-01-12T09:30:11Z",
        "labels": {
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/name": name,
            "helm.sh/chart": "service-4.12.1",
        },
        "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": "shop"},
        "managedFields": [{
            "apiVersion": "policy/v1", "fieldsType": "FieldsV1", "manager": "helm", "operation": "Update",
            "time": "2026-01-12T09:30:11Z", "fieldsV1": {"f:metadata": {"f:annotations": {}, "f:labels": {}}, "f:spec": {}},
        }],
    })
}

fn budget(name: &str) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(name),
        "spec": {
            "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": {"app.kubernetes.io/instance": name, "app.kubernetes.io/name": name}},
        },
        "status": {
            "conditions": [{"lastTransitionTime": "2026-01-12T09:30:31Z", "message": "", "observedGeneration": 3,
                "reason": "SufficientPods", "status": "True", "type": "DisruptionAllowed"}],
            "currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1, "expectedPods": 3, "observedGeneration": 3,
        },
    })
}

fn autoscaler(name: &str) -> Value {
    let policies = json!([{"type": "Pods", "value": 4, "periodSeconds": 60}, {"type": "Percent", "value": 10, "periodSeconds": 60}]);
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata(name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 3, "maxReplicas": 12,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 65}}}],
            "behavior": {
                "scaleDown": {"stabilizationWindowSeconds": 300, "selectPolicy": "Max", "policies": policies},
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": policies},
            },
        },
        "status": {
            "conditions": [{"lastTransitionTime": "2026-01-12T09:31:01Z", "message": "recommended size matches current size",
                "reason": "ReadyForNewScale", "status": "True", "type": "AbleToScale"}],
            "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu",
                "current": {"averageUtilization": 41, "averageValue": "103m"}}}],
            "currentReplicas": 3, "desiredReplicas": 3, "lastScaleTime": "2026-02-02T20:01:55Z",
        },
    })
}

fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata(name),
        "spec": {
            "clusterIP": "10.96.118.20", "clusterIPs": ["10.96.118.20"], "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
            "selector": {"app.kubernetes.io/instance": name, "app.kubernetes.io/name": name},
        },
        "status": {"loadBalancer": {}},
    })
}

/// The size of a thousand masked objects, in bytes, and how much of it masks can affect.
fn size(kind: &Kind, object: fn(&str) -> Value) -> (usize, usize) {
    let (mut all, mut maskable) = (0, 0);
    for number in 0..1000 {
        let object = object(&format!("storefront-{number:03}"));
        let mut sent = masked(&object, masks_of(kind));
        let fields = sent.as_object_mut().unwrap();
        fields.remove("apiVersion");
        fields.remove("kind");
        fields["metadata"]["managedFields"] = json!([]);
        all += sent.to_string().len();
        sent.as_object_mut().unwrap().remove("metadata");
        maskable += sent.to_string().len();
    }
    (all, maskable)
}

#[test]
fn a_thousand_objects_are_a_small_answer() {
    for (kind, object) in [
        (&kinds::POD_DISRUPTION_BUDGET, budget as fn(&str) -> Value),
        (&kinds::HORIZONTAL_POD_AUTOSCALER, autoscaler),
        (&kinds::SERVICE, service),
    ] {
        let (all, maskable) = size(kind, object);
        println!("{}: {all} bytes, {maskable} of them not metadata", kind.plural);
        // Kubewarden always sends all metadata, here about 500 bytes an object.
        assert!(maskable < 256_000 && all < 768_000, "{}: {all} bytes, {maskable} not metadata", kind.plural);
    }
}
