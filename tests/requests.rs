//! Facts about an object that only the admission request has.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::Unknown;
use plimsoll::policies::POLICIES;
use plimsoll::policy::context::Operation;
use plimsoll::settings::Date;
use serde_json::{Value, json};

/// One policy's messages about an object sent to a namespace in an API version, and how many of them have a fix.
fn reported(id: &str, object: &Value, namespace: Option<&str>, sent_as: Option<&str>) -> (Vec<String>, usize) {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let policies = [(entry.configure)(&Value::Null).unwrap()];
    let review = Review {
        object,
        old_object: None,
        operation: Operation::Create,
        namespace,
        sent_as,
        requested_by: None,
        inventory: &Unknown,
        today: Date::LAST,
        honor_annotations: false,
    };
    let findings = evaluate(&policies, &review).findings;
    let fixes = findings.iter().filter(|finding| finding.fix.is_some()).count();
    (findings.into_iter().map(|finding| finding.message).collect(), fixes)
}

#[test]
fn sent_version_counts_and_not_the_converted_one() {
    let budget = |version| json!({"apiVersion": version, "kind": "PodDisruptionBudget", "metadata": {"name": "web"}});
    let removed = "policy/v1beta1 PodDisruptionBudget was removed in Kubernetes 1.25".to_owned();
    let (now, old) = ("policy/v1", "policy/v1beta1");
    assert_eq!(reported("removed-api", &budget(now), None, Some(old)), (vec![removed.clone()], 0));
    assert_eq!(reported("removed-api", &budget(now), None, None), (vec![], 0));
    assert_eq!(reported("removed-api", &budget(old), None, None), (vec![removed], 1));
    assert_eq!(reported("removed-api", &budget(old), None, Some(now)), (vec![], 0));
}

#[test]
fn missing_namespace_is_unknown_and_not_default() {
    let service = |metadata| json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata});
    let count = |metadata, namespace| reported("default-namespace", &service(metadata), namespace, None).0.len();
    assert_eq!(count(json!({"name": "web"}), None), 0);
    assert_eq!(count(json!({"name": "web"}), Some("default")), 1);
    assert_eq!(count(json!({"name": "web"}), Some("shop")), 0);
    assert_eq!(count(json!({"name": "web", "namespace": "default"}), None), 1);
    assert_eq!(count(json!({"name": "web", "namespace": "shop"}), Some("default")), 0);
}

fn pod(metadata: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"hostNetwork": true,
        "containers": [{"name": "a", "image": "a:1"}]}})
}

/// How many findings a policy has on an UPDATE.
fn on_update(id: &str, settings: &Value, old: &Value, new: &Value) -> usize {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let policies = [(entry.configure)(settings).unwrap()];
    let review = Review::create(new, &Unknown, Date::LAST);
    let review = Review { old_object: Some(old), operation: Operation::Update, ..review };
    evaluate(&policies, &review).findings.len()
}

#[test]
fn object_under_deletion_may_lose_its_finalizers() {
    let (here, leaving) = (json!({"name": "a"}), json!({"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}));
    let always = json!({"onUpdate": "always"});
    assert_eq!(on_update("host-namespaces", &always, &pod(&leaving), &pod(&leaving)), 0);
    // The API server drops what others write.
    assert_eq!(on_update("host-namespaces", &always, &pod(&here), &pod(&leaving)), 1);
    assert_eq!(reported("host-namespaces", &pod(&leaving), None, None).0.len(), 1);
}

#[test]
fn update_of_a_controlled_object_counts_only_what_it_adds() {
    let always = json!({"onUpdate": "always"});
    let owned = json!({"name": "a", "ownerReferences":
        [{"apiVersion": "example.com/v1", "kind": "Database", "name": "a", "uid": "1", "controller": true}]});
    let mut more = pod(&owned);
    more["spec"]["hostPID"] = json!(true);
    assert_eq!(on_update("host-namespaces", &always, &pod(&owned), &pod(&owned)), 0);
    assert_eq!(on_update("host-namespaces", &always, &pod(&owned), &more), 1);
    // Who writes the reference now is not let off.
    let free = json!({"name": "a"});
    assert_eq!(on_update("host-namespaces", &always, &pod(&free), &pod(&owned)), 1);
}
