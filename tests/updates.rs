//! An UPDATE is not denied for what was there.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use serde_json::{Value, json};
use support::{files, report, title};

#[test]
fn one_more_pod_is_not_denied_for_what_was_there() {
    let all: Vec<Configured> = POLICIES.iter().map(|entry| (entry.configure)(&Value::Null).unwrap()).collect();
    let mut failures = BTreeSet::new();
    for case in files().iter().flat_map(|file| &file.cases) {
        let objects: Vec<Arc<Value>> =
            case.checked.iter().map(|checked| &checked.object).chain(&case.cluster).cloned().collect();
        let inventory = Objects::cluster(objects);
        for checked in &case.checked {
            let old = &*checked.object;
            let Some(replicas) = old.pointer("/spec/replicas").and_then(Value::as_i64).filter(|replicas| *replicas > 1)
            else {
                continue;
            };
            let mut new = old.clone();
            new["spec"]["replicas"] = json!(replicas + 1);
            let review =
                Review { old_object: Some(old), operation: Operation::Update, ..case.review(&new, &inventory) };
            for finding in evaluate(&all, &review).findings {
                let id = finding.metadata.id;
                failures.insert(format!("{id}: {} (at {})\n  {}", finding.message, finding.path, title(case)));
            }
        }
    }
    report(&failures.into_iter().collect::<Vec<_>>());
}
