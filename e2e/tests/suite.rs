//! The suite answers like the single modules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::sync::Arc;

use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_e2e::{
    AsNeeded, Shipped, answer_of, around, in_namespace, is_served, native_answer, operation, plural, repository,
};
use plimsoll_fixtures::Case;
use plimsoll_host::{Operation, request};
use plimsoll_manifest::Limits;
use serde_json::{Value, json};

fn suite() -> Shipped {
    Shipped::load("suite").unwrap_or_else(|error| panic!("{error:#}"))
}

/// Settings that turn the suite into this one policy.
fn alone(id: &str, settings: &Value) -> Value {
    let mut own = settings.as_object().cloned().unwrap_or_default();
    // In the suite the version is set once for all policies.
    let version = own.remove("kubernetesVersion");
    own.insert("enabled".to_owned(), json!(true));
    let mut configuration = json!({"profile": "off", "policies": {id: own}});
    if let Some(version) = version {
        configuration["kubernetesVersion"] = version;
    }
    configuration
}

fn compare(entry: &'static PolicyEntry, suite: &Shipped, case: &Case, failures: &mut Vec<String>) -> usize {
    let cluster = around(case);
    let objects = Objects::new(cluster.iter().cloned().map(Arc::new).collect(), true);
    let inventory = AsNeeded { inventory: objects, needs: entry.metadata.needs };
    let mut asked = 0;
    for checked in &case.checked {
        let object = in_namespace(&checked.object);
        let old = case.old_object.as_deref().map(in_namespace);
        let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
        for more in [json!({}), json!({"onViolation": "fix", "applyFixes": "unsafe"})] {
            let mut settings = case.settings.as_object().cloned().unwrap_or_default();
            settings.extend(more.as_object().cloned().unwrap_or_default());
            let settings = Value::Object(settings);
            let expected = native_answer(entry, &json!({"request": request, "settings": settings}), &inventory);
            let verdict = suite
                .start(cluster.clone())
                .and_then(|mut guest| Ok(guest.validate(&request, &alone(entry.metadata.id, &settings))?))
                .unwrap_or_else(|error| panic!("{} {}: {error:#}", entry.metadata.id, case.name));
            let answer = answer_of(verdict);
            asked += 1;
            if answer != expected {
                failures.push(format!(
                    "{} {}:{} {} under {settings}\n  alone {expected}\n  suite {answer}",
                    entry.metadata.id, case.file, case.line, case.name
                ));
            }
        }
    }
    asked
}

#[test]
fn suite_answers_like_each_policy_alone() {
    let suite = suite();
    let mut failures = Vec::new();
    for entry in POLICIES {
        let cases = plimsoll_fixtures::of(entry.metadata.id).unwrap_or_else(|error| panic!("{error}"));
        let cases = cases.iter().filter(|case| is_served(case));
        let asked: usize = cases.map(|case| compare(entry, &suite, case, &mut failures)).sum();
        assert!(asked > 0, "{} has no fixture that is a valid request", entry.metadata.id);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn denial_groups_findings_by_policy() {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}, "spec": {
        "hostNetwork": true, "containers": [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]}});
    let request = request(&object, Operation::Create, None, plural).unwrap();
    let mut guest = suite().start(Vec::new()).unwrap();
    let verdict = guest.validate(&request, &json!({"profile": "starter"})).unwrap();
    let message = verdict.message.unwrap();
    for id in ["host-namespaces", "mutable-image-tag", "missing-requests"] {
        assert_eq!(message.matches(&format!("\n[{id}] ")).count(), 1, "{message}");
    }
    assert!(!verdict.allowed);
    // Findings that only warn become warnings.
    let settings =
        json!({"profile": "starter", "onViolation": "warn", "policies": {"root-user": {"onViolation": "deny"}}});
    let verdict = guest.validate(&request, &settings).unwrap();
    let message = verdict.message.clone().unwrap();
    assert!(message.contains("[root-user]") && !message.contains("[mutable-image-tag]"), "{message}");
    assert!(verdict.warnings().iter().any(|warning| warning.starts_with("[mutable-image-tag]")));
}

/// Holds in any order: an object may come before or after those that it refers to.
#[test]
fn manifest_without_violations_causes_no_warning() {
    let text = std::fs::read(repository().join("examples/model-service.yaml")).unwrap();
    let file = plimsoll_manifest::read(&text, &Limits::default());
    let objects: Vec<Value> = file.documents.iter().map(|document| document.value.clone()).collect();
    assert!(objects.len() > 8, "{} objects", objects.len());
    for profile in ["starter", "production"] {
        let mut there = Vec::new();
        for object in &objects {
            // No policy checks a PriorityClass.
            let Ok(request) = request(object, Operation::Create, None, plural) else { continue };
            let mut guest = suite().start(there.clone()).unwrap();
            let verdict = guest.validate(&request, &json!({ "profile": profile })).unwrap();
            assert!(verdict.allowed, "{profile}: {}: {verdict:?}", object["kind"]);
            assert!(verdict.warnings().is_empty(), "{profile}: {}: {verdict:?}", object["kind"]);
            there.push(object.clone());
        }
    }
}

#[test]
fn invalid_settings_are_reported_by_name() {
    let suite = suite();
    for (settings, field) in [
        (json!({"profile": "all"}), "profile"),
        (json!({"policies": {"missing-postop": {}}}), "policies.missing-postop"),
        (json!({"policies": {"missing-prestop": {"minSeconds": "5"}}}), "policies.missing-prestop.minSeconds"),
        (json!([]), "settings"),
    ] {
        let verdict = suite.start(Vec::new()).unwrap().validate_settings(&settings).unwrap();
        assert!(!verdict.valid && verdict.message.as_ref().unwrap().contains(field), "{settings}: {verdict:?}");
    }
    let mut guest = suite.start(Vec::new()).unwrap();
    assert!(guest.validate_settings(&json!({"profile": "strict"})).unwrap().valid);
    assert!(guest.validate_settings(&json!({})).unwrap().valid);
}
