//! Policies that look other objects up: what they say of findings that may settle themselves, and that they find their
//! way through many objects.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::Arc;

use plimsoll::context::Operation;
use plimsoll::evaluate::{Report, Review, evaluate};
use plimsoll::inventory::{Inventory, Objects};
use plimsoll::policies::POLICIES;
use plimsoll::settings::{Configured, Date};
use serde_json::{Value, json};

const LOOKING: &[&str] = &[
    "autoscaler-replica-range",
    "autoscaler-target-above-limit",
    "autoscaler-target-range",
    "autoscaler-without-requests",
    "capacity-drop-on-rollout",
    "colocated-replicas",
    "dangling-autoscaler",
    "drain-deadlock",
    "duplicate-autoscaler",
    "missing-autoscaler",
    "missing-disruption-budget",
    "replicas-fight-autoscaler",
    "sidecar-skewed-autoscaler",
    "undamped-autoscaler",
];

fn policies(ids: &[&str], settings: &Value) -> Vec<Configured> {
    let chosen = POLICIES.iter().filter(|entry| ids.contains(&entry.meta.id));
    chosen.map(|entry| (entry.configure)(settings).unwrap()).collect()
}

fn judge(policies: &[Configured], object: &Value, inventory: &dyn Inventory) -> Report {
    let review = Review {
        object,
        old_object: None,
        operation: Operation::Create,
        namespace: None,
        sent_as: None,
        inventory,
        today: Date::from_days_since_1970(0),
        honor_annotations: false,
    };
    evaluate(policies, &review)
}

fn deployment(name: &str, replicas: u32) -> Value {
    let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app"}]}}}})
}

fn budget(name: &str, least: &Value) -> Value {
    let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": labels}}})
}

fn autoscaler(name: &str, least: u32) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": least, "maxReplicas": 20}})
}

fn provisional(object: &Value, state: Vec<Value>) -> Vec<bool> {
    let inventory = Objects::cluster(state.into_iter().map(Arc::new).collect());
    let report = judge(&policies(&["drain-deadlock"], &Value::Null), object, &inventory);
    report.findings.iter().map(|finding| finding.provisional).collect()
}

#[test]
fn a_single_pod_may_still_get_an_autoscaler() {
    let one = json!(1);
    assert_eq!(provisional(&deployment("web", 1), vec![budget("web", &one)]), [true]);
    assert_eq!(provisional(&budget("web", &one), vec![deployment("web", 1)]), [true]);
    let scaled = vec![deployment("web", 1), autoscaler("web", 1)];
    assert_eq!(provisional(&budget("web", &one), scaled), [false]);
    assert_eq!(provisional(&budget("web", &json!(3)), vec![deployment("web", 3)]), [false]);
    assert_eq!(provisional(&budget("web", &json!("100%")), vec![deployment("web", 1)]), [false]);
}

#[test]
fn a_companion_is_always_still_to_come() {
    let policies = policies(&["missing-disruption-budget"], &Value::Null);
    let report = judge(&policies, &deployment("web", 2), &Objects::cluster(Vec::new()));
    assert!(report.findings[0].provisional);
}

/// Every object shares a label with every other, so that a look-up by the wrong one would find all of them each time.
#[test]
fn finds_its_way_through_twenty_thousand_of_each_kind() {
    let count = 20_000;
    let objects: Vec<Arc<Value>> = (0..count)
        .map(|index| format!("web-{index}"))
        .flat_map(|name| [deployment(&name, 2), autoscaler(&name, 3), budget(&name, &json!("75%"))])
        .map(Arc::new)
        .collect();
    let policies = policies(LOOKING, &Value::Null);
    let inventory = Objects::new(objects.clone(), true);
    let mut deadlocks = 0;
    for object in &objects {
        let report = judge(&policies, object, &inventory);
        assert!(report.errors.is_empty());
        assert!(report.findings.iter().all(|finding| finding.meta.id != "missing-disruption-budget"));
        deadlocks += report.findings.iter().filter(|finding| finding.meta.id == "drain-deadlock").count();
    }
    assert_eq!(deadlocks, count);
}

#[test]
fn network_policies_find_their_way_through_ten_thousand_workloads() {
    let policy = |name: &str| {
        let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"}, "spec": {"podSelector": {"matchLabels": labels}}})
    };
    let named = (0..10_000).map(|index| format!("web-{index}"));
    let objects: Vec<Arc<Value>> = named.flat_map(|name| [deployment(&name, 2), policy(&name)]).map(Arc::new).collect();
    let policies = policies(&["dangling-network-policy", "unisolated-pod"], &Value::Null);
    let inventory = Objects::new(objects.clone(), true);
    for object in &objects {
        let report = judge(&policies, object, &inventory);
        assert!(report.errors.is_empty() && report.findings.is_empty());
    }
    let report = judge(&policies, &policy("nothing"), &inventory);
    assert_eq!(report.findings.len(), 1);
    assert!(report.findings[0].provisional);
}
