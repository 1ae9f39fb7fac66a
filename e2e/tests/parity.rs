//! Every fixture gives the same answer natively and in the module: verdict, message, warnings, mutation.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::sync::Arc;

use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_e2e::{AsNeeded, Shipped, answer_of, around, in_namespace, is_served, native_answer, operation, plural};
use plimsoll_fixtures::Case;
use plimsoll_host::request;
use serde_json::{Value, json};

/// The settings of a case: its own, and the same with each `onViolation`.
fn settings_of(case: &Case) -> Vec<Value> {
    let base = case.settings.as_object().cloned().unwrap_or_default();
    [
        json!({}),
        json!({"onViolation": "warn", "onMissingCompanion": "warn"}),
        json!({"onViolation": "fix", "otherwise": "deny", "onMissingCompanion": "deny"}),
        json!({"onViolation": "fix", "applyFixes": "unsafe"}),
    ]
    .into_iter()
    .map(|more| {
        let mut settings = base.clone();
        settings.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(settings)
    })
    .collect()
}

fn compare(entry: &'static PolicyEntry, shipped: &Shipped, case: &Case, failures: &mut Vec<String>) -> usize {
    let cluster = around(case);
    let inventory = AsNeeded {
        inventory: Objects::new(cluster.iter().cloned().map(Arc::new).collect(), true),
        needs: entry.metadata.needs,
    };
    let mut asked = 0;
    for checked in &case.checked {
        let object = in_namespace(&checked.object);
        let old = case.old_object.as_deref().map(in_namespace);
        let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
        for settings in settings_of(case) {
            let expected = native_answer(entry, &json!({"request": request, "settings": settings}), &inventory);
            let verdict = shipped
                .start(cluster.clone())
                .and_then(|mut guest| Ok(guest.validate(&request, &settings)?))
                .unwrap_or_else(|error| panic!("{} {}: {error:#}", entry.metadata.id, case.name));
            let answer = answer_of(verdict);
            asked += 1;
            if answer != expected {
                failures.push(format!(
                    "{} {}:{} {} under {settings}\n  native {expected}\n  module {answer}",
                    entry.metadata.id, case.file, case.line, case.name
                ));
            }
        }
    }
    asked
}

#[test]
fn modules_answer_like_the_core() {
    let mut failures = Vec::new();
    for entry in POLICIES {
        let shipped = Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}"));
        let cases = plimsoll_fixtures::of(entry.metadata.id).unwrap_or_else(|error| panic!("{error}"));
        let cases = cases.iter().filter(|case| is_served(case));
        let asked: usize = cases.map(|case| compare(entry, &shipped, case, &mut failures)).sum();
        assert!(asked > 0, "{} has no fixture that is a valid request", entry.metadata.id);
        println!("{}: {asked} requests", entry.metadata.id);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
