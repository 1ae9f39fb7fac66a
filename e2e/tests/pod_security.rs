//! The modules of `baseline-level` and `restricted-level` admit what Pod Security Admission admits, version by version.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

#[path = "../../tests/tables/pod_security.rs"]
mod table;

use plimsoll_e2e::{Shipped, plural};
use plimsoll_host::{Operation, request};
use serde_json::json;

#[test]
fn modules_agree_with_the_standard() {
    let entries = table::entries();
    let mut failures = Vec::new();
    for (id, expected) in [
        ("baseline-level", (|entry| entry.baseline) as fn(&table::Entry) -> Option<&'static str>),
        ("restricted-level", |entry| entry.restricted),
    ] {
        let shipped = Shipped::load(id).unwrap_or_else(|error| panic!("{error:#}"));
        let mut guest = shipped.start(Vec::new()).unwrap();
        for entry in &entries {
            let request = request(&entry.pod, Operation::Create, None, plural).unwrap();
            let settings = json!({"kubernetesVersion": format!("1.{}", entry.version)});
            let verdict = guest.validate(&request, &settings).unwrap();
            let message = verdict.message.unwrap_or_default();
            let agrees = match expected(entry) {
                None => verdict.allowed,
                Some(control) => !verdict.allowed && message.contains(&format!("{control}: ")),
            };
            // Where only the pod has it, the table names no container.
            let is_there = entry.container.is_none_or(|name| message.contains(&format!("\"{name}\"")));
            if !agrees || !verdict.allowed && !is_there {
                failures.push(format!("{id}, {}: {message:?}", entry.title));
            }
        }
    }
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
}
