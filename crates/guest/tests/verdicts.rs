//! What a finding does to a request.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use plimsoll::inventory::Unknown;
use plimsoll::policies::POLICIES;
use plimsoll::settings::Date;
use plimsoll_guest::validate_in;
use serde_json::{Value, json};

/// The answer of the module of a policy to the creation of a Deployment with this container.
fn answer(id: &str, container: &Value, settings: &Value) -> Value {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let payload = json!({"settings": settings, "request": {
        "operation": "CREATE",
        "namespace": "shop",
        "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "userInfo": {"username": "alice"},
        "object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": [container]}}}},
    }});
    let configure = |settings: &Value| (entry.configure)(settings).map(|policy| vec![policy]);
    serde_json::from_slice(&validate_in(payload.to_string().as_bytes(), &configure, &Unknown, Date::LAST)).unwrap()
}

#[test]
fn a_fault_denies_and_a_note_only_warns() {
    let violation = json!({"name": "web", "image": "web:1"});
    let note = json!({"name": "web", "image": "web:1", "securityContext": {"readOnlyRootFilesystem": true}});
    let id = "writable-root-filesystem";
    assert_eq!(answer(id, &violation, &json!({}))["accepted"], false);
    let noted = answer(id, &note, &json!({}));
    assert_eq!((&noted["accepted"], noted["warnings"].as_array().unwrap().len()), (&json!(true), 1), "{noted}");
    assert_eq!(answer(id, &note, &json!({"onViolation": "deny"}))["accepted"], false);
}
