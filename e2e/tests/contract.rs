//! What Kubewarden requires of every module, for any input.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::sync::Arc;

use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll_e2e::{AsNeeded, Shipped, around, in_namespace, is_served, native_answer, operation, plural};
use plimsoll_fixtures::Case;
use plimsoll_host::{Answer, Operation, Verdict, audit_request, request};
use proptest::prelude::*;
use serde_json::{Value, json};

fn every_module(mut test: impl FnMut(&Shipped)) {
    for entry in POLICIES {
        test(&Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}")));
    }
}

/// The verdict; a guest error, a trap or a missing answer fails the test.
fn ask(shipped: &Shipped, request: &Value, settings: &Value) -> Verdict {
    let mut guest = shipped.start(Vec::new()).unwrap_or_else(|error| panic!("{}: {error:#}", shipped.id));
    guest.validate(request, settings).unwrap_or_else(|error| panic!("{}: {error} for {request}", shipped.id))
}

/// Policies without findings in a cluster: they only report on files.
const OF_FILES: &[&str] = &["replicas-fight-autoscaler", "undersized-quota"];

/// Policies that reject no field of a wrong type: they only read the kind, its version and whether an annotation exists.
const READS_LENIENTLY: &[&str] = &["legacy-controller", "missing-change-cause", "removed-api"];

/// An object that a policy reports.
struct Violation {
    object: Value,
    cluster: Vec<Value>,
    /// The settings that it needs: none, unless the policy does nothing by default.
    settings: Value,
}

impl Violation {
    /// A violation from the policy's fixtures that the background audit reports. `None` for policies without findings
    /// in a cluster.
    fn of(id: &str) -> Option<Violation> {
        let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
        let cases = plimsoll_fixtures::of(id).unwrap();
        let mut candidates: Vec<&Case> =
            cases.iter().filter(|case| is_served(case) && operation(case) == Operation::Create).collect();
        // What can't be checked is denied for another reason.
        candidates.retain(|case| case.fails.is_none());
        // Cases that need no settings come first.
        candidates.sort_by_key(|case| !case.settings.is_null());
        let found = candidates.into_iter().find_map(|case| {
            let cluster = around(case);
            let objects = Objects::new(cluster.iter().cloned().map(Arc::new).collect(), true);
            let inventory = AsNeeded { inventory: objects, needs: entry.metadata.needs };
            case.checked.iter().find_map(|checked| {
                let object = in_namespace(&checked.object);
                let request = audit_request(&object).ok()?;
                let settings = case.settings.clone();
                let answer = native_answer(entry, &json!({"request": request, "settings": settings}), &inventory);
                let refused = answer["message"].as_str()?.contains(&format!("[{id}]"));
                refused.then(|| Violation { object, cluster: cluster.clone(), settings })
            })
        });
        assert_eq!(
            found.is_none(),
            OF_FILES.contains(&id),
            "{id}: no fixture that a module denies: {}",
            found.is_some()
        );
        found
    }

    /// Its settings and these.
    fn with(&self, more: Value) -> Value {
        let mut settings = self.settings.as_object().cloned().unwrap_or_default();
        settings.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(settings)
    }
}

/// Runs a test for every module that has findings in a cluster.
fn every_violation(mut test: impl FnMut(&Shipped, &Violation)) {
    every_module(|shipped| {
        if let Some(violation) = Violation::of(&shipped.id) {
            test(shipped, &violation);
        }
    });
}

#[test]
fn metadata_is_complete() {
    every_module(|shipped| {
        let metadata = &shipped.metadata;
        assert_eq!(metadata.protocol_version.as_deref(), Some("v1"), "{}", shipped.id);
        assert_eq!(metadata.execution_mode, "kubewarden-wapc");
        assert!(!metadata.mutating && !metadata.rules.is_empty());
        let annotations = metadata.annotations.as_ref().unwrap();
        for key in ["title", "version", "description", "ociUrl", "severity", "category", "usage"] {
            assert!(annotations.contains_key(&format!("io.kubewarden.policy.{key}")), "{}: {key}", shipped.id);
        }
        let mut guest = shipped.start(Vec::new()).unwrap();
        assert_eq!(guest.protocol_version().unwrap().to_string().trim_matches('"'), "v1");
    });
}

#[test]
fn delete_is_allowed() {
    every_violation(|shipped, violation| {
        let request = request(&violation.object, Operation::Delete, None, plural).unwrap();
        assert_eq!(request["object"], Value::Null);
        assert!(ask(shipped, &request, &violation.with(json!({}))).allowed, "{}", shipped.id);
    });
}

#[test]
fn kinds_without_a_rule_are_allowed() {
    let strange = json!({"apiVersion": "example.com/v1", "kind": "Deployment", "metadata": {"name": "x",
        "namespace": "default"}, "spec": {"template": {"spec": {"containers": [{"name": "a", "image": "a"}]}}}});
    every_module(|shipped| {
        let request = request(&strange, Operation::Create, None, |_, _| Some("deployments".to_owned())).unwrap();
        assert!(ask(shipped, &request, &json!({})).allowed, "{}", shipped.id);
    });
}

#[test]
fn background_audit_checks_by_kind() {
    every_violation(|shipped, violation| {
        let mut guest = shipped.start(violation.cluster.clone()).unwrap();
        let verdict = guest.validate(&audit_request(&violation.object).unwrap(), &violation.with(json!({}))).unwrap();
        assert!(!verdict.allowed, "{} doesn't report {} in the audit", shipped.id, violation.object);
        assert!(verdict.message.unwrap().contains(&format!("[{}]", shipped.id)));
    });
}

#[test]
fn warnings_fit_and_do_not_deny() {
    every_violation(|shipped, violation| {
        let request = request(&violation.object, Operation::Create, None, plural).unwrap();
        let mut guest = shipped.start(violation.cluster.clone()).unwrap();
        let verdict = guest
            .validate(&request, &violation.with(json!({"onViolation": "warn", "onMissingCompanion": "warn"})))
            .unwrap();
        assert!(verdict.allowed && !verdict.warnings().is_empty(), "{}", shipped.id);
        for warning in verdict.warnings() {
            assert!(warning.chars().count() <= 120, "{}: {warning}", shipped.id);
        }
    });
}

#[test]
fn invalid_settings_are_reported_by_name() {
    every_module(|shipped| {
        for (settings, field) in [
            (json!({"onViolation": "maybe"}), "onViolation"),
            (json!({"exempt": [{"name": "x"}]}), "exempt[0].reason"),
            (json!({"exempt": [{"name": "x", "reason": "r", "expires": "soon"}]}), "exempt[0].expires"),
            (json!({"noSuchSetting": 1}), "noSuchSetting"),
            (json!({"kubernetesVersion": 1.3}), "kubernetesVersion"),
            (json!([]), "settings"),
            (json!("x"), "settings"),
        ] {
            let verdict = shipped.start(Vec::new()).unwrap().validate_settings(&settings).unwrap();
            assert!(!verdict.valid, "{} accepts {settings}", shipped.id);
            assert!(verdict.message.as_ref().unwrap().contains(field), "{}: {verdict:?}", shipped.id);
        }
        let verdict = shipped.start(Vec::new()).unwrap().validate_settings(&json!({})).unwrap();
        assert!(verdict.valid, "{}: {verdict:?}", shipped.id);
    });
}

#[test]
fn exemption_expires_by_the_hosts_clock() {
    every_violation(|shipped, violation| {
        let request = request(&violation.object, Operation::Create, None, plural).unwrap();
        for (expires, allowed) in [("2001-01-01", false), ("2999-01-01", true)] {
            let settings = violation.with(json!({"onViolation": "deny", "onMissingCompanion": "deny",
                "exempt": [{"name": "*", "reason": "being fixed", "expires": expires}]}));
            let verdict = shipped.start(violation.cluster.clone()).unwrap().validate(&request, &settings).unwrap();
            assert_eq!(verdict.allowed, allowed, "{}: {verdict:?}", shipped.id);
        }
    });
}

#[test]
fn look_ups_are_not_repeated_and_have_field_masks() {
    every_violation(|shipped, violation| {
        let mut guest = shipped.start(violation.cluster.clone()).unwrap();
        let request = request(&violation.object, Operation::Create, None, plural).unwrap();
        guest.validate(&request, &violation.with(json!({"onMissingCompanion": "deny"}))).unwrap();
        let mut asked = Vec::new();
        for call in guest.calls() {
            // A missing object is reported as a failed call.
            let is_absent = matches!(&call.answer, Answer::Failed(reason) if reason.starts_with("Cannot find "));
            let is_get = call.operation == "get_resource";
            assert!(matches!(call.answer, Answer::Given(_)) || is_get && is_absent, "{}: {call:?}", shipped.id);
            let question = serde_json::to_value(&call.request).unwrap().to_string();
            assert!(question.contains("field_masks\":["), "{}: {question}", shipped.id);
            assert!(!asked.contains(&(is_get, question.clone())), "{} repeats a look-up: {question}", shipped.id);
            asked.push((is_get, question));
        }
        let lists = asked.iter().filter(|(is_get, _)| !is_get).count();
        assert!(lists <= shipped.metadata.context_aware_resources.len(), "{}: {asked:?}", shipped.id);
    });
}

/// Copies of the object, each with one field of a wrong type.
fn malformed(object: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect_pointers(object, String::new(), &mut pointers);
    let broken = |pointer: &String| {
        let mut object = object.clone();
        let place = object.pointer_mut(pointer)?;
        *place = if place.is_string() { json!(["secret-token"]) } else { json!("secret-token") };
        Some(object)
    };
    pointers.iter().filter_map(broken).collect()
}

fn collect_pointers(value: &Value, at: String, pointers: &mut Vec<String>) {
    if !["", "/apiVersion", "/kind"].contains(&at.as_str()) {
        pointers.push(at.clone());
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                collect_pointers(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), pointers);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_pointers(item, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
}

#[test]
fn malformed_objects_are_denied_with_a_message() {
    let mut wrong = Vec::new();
    every_violation(|shipped, violation| {
        let whole = request(&violation.object, Operation::Create, None, plural).unwrap();
        let ask_about = |object: Value| {
            let mut request = whole.clone();
            request["object"] = object;
            let mut guest = shipped.start(violation.cluster.clone()).unwrap();
            let verdict = guest.validate(&request, &violation.with(json!({"onMissingCompanion": "deny"}))).unwrap();
            let message = verdict.message.clone().unwrap_or_default();
            assert!(!message.contains("secret-token"), "{} repeats the payload: {message}", shipped.id);
            assert_ne!(verdict.code, Some(500), "{}: {message}", shipped.id);
            verdict
        };
        for no_mapping in [json!([]), json!("secret-token"), json!(7)] {
            let verdict = ask_about(no_mapping);
            assert!(!verdict.allowed, "{} allows a malformed object", shipped.id);
        }
        let in_words =
            |verdict: &Verdict| verdict.message.as_ref().is_some_and(|message| message.contains(" should be "));
        let refuses = malformed(&violation.object).into_iter().any(|object| in_words(&ask_about(object)));
        if refuses == READS_LENIENTLY.contains(&shipped.id.as_str()) {
            wrong.push(shipped.id.clone());
        }
    });
    assert!(wrong.is_empty(), "deny none, or need not be listed: {wrong:?}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let keys = [
        "spec",
        "template",
        "metadata",
        "containers",
        "initContainers",
        "name",
        "ports",
        "labels",
        "selector",
        "replicas",
        "resources",
        "requests",
        "limits",
        "cpu",
        "image",
        "command",
        "securityContext",
        "lifecycle",
        "x",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("50%")),
    ];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(keys.to_vec()), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

#[test]
fn random_objects_never_trap() {
    let cases = std::env::var("PLIMSOLL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    every_violation(|shipped, violation| {
        let whole = request(&violation.object, Operation::Create, None, plural).unwrap();
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
        runner
            .run(&(any_json(), any_json()), |(spec, old)| {
                let mut request = whole.clone();
                request["operation"] = json!("UPDATE");
                request["object"]["spec"] = spec;
                request["oldObject"] = old;
                ask(shipped, &request, &json!({"onViolation": "fix", "applyFixes": "unsafe", "onUpdate": "new"}));
                Ok(())
            })
            .unwrap();
    });
}
