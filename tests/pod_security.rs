//! `baseline-level` and `restricted-level` agree with Pod Security Admission, control by control and version by version.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;
#[path = "tables/pod_security.rs"]
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::policies::find;
use plimsoll::policy::finding::Finding;
use plimsoll::settings::Date;
use serde_json::{Value, json};
use support::report;

/// What the policy reports on the pod, in a namespace with these labels.
fn findings(id: &str, settings: &Value, pod: &Value, labels: &Value) -> Vec<Finding> {
    let policies = [(find(id).unwrap().configure)(settings).unwrap()];
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
    let inventory = Objects::cluster(vec![Arc::new(namespace)]);
    let report = evaluate(&policies, &Review::create(pod, &inventory, Date::parse("2026-01-01").unwrap()));
    assert!(report.errors.is_empty(), "{pod}");
    report.findings
}

/// The control that a finding names.
fn control(finding: &Finding) -> &str {
    finding.message.split_once(": ").unwrap().0
}

#[test]
fn levels_agree_with_the_standard() {
    let entries = table::entries();
    assert!(entries.len() > 5_000, "{} entries", entries.len());
    let mut failures = Vec::new();
    for entry in &entries {
        for (id, expected) in [("baseline-level", entry.baseline), ("restricted-level", entry.restricted)] {
            let settings = json!({"kubernetesVersion": format!("1.{}", entry.version)});
            let found = findings(id, &settings, &entry.pod, &Value::Null);
            let controls: BTreeSet<&str> = found.iter().map(control).collect();
            if !controls.iter().copied().eq(expected) {
                failures.push(format!("{id}, {}: {controls:?}, not {expected:?}", entry.title));
            }
            let is_elsewhere = |finding: &Finding| finding.container.as_deref() != entry.container;
            if entry.container.is_some() && found.iter().any(is_elsewhere) {
                failures.push(format!("{id}, {}: not on container {:?}", entry.title, entry.container));
            }
        }
    }
    report(&failures);
}

#[test]
fn every_control_is_in_the_table() {
    let entries = table::entries();
    let named = |of: fn(&table::Entry) -> Option<&'static str>| entries.iter().filter_map(of).collect::<BTreeSet<_>>();
    let (baseline, restricted) = (named(|entry| entry.baseline), named(|entry| entry.restricted));
    assert_eq!(baseline.len(), 12, "{baseline:?}");
    assert_eq!(restricted.len(), 15, "{restricted:?}");
    let documentation = find("baseline-level").unwrap().documentation().replace('\n', " ");
    for control in baseline {
        assert!(documentation.contains(&format!("`{control}`")), "the documentation doesn't name {control}");
    }
}

#[test]
fn labels_of_the_namespace_choose_level_and_version() {
    let label = |key: &str| format!("pod-security.kubernetes.io/{key}");
    let mut failures = Vec::new();
    let entries = table::entries();
    // The newest cluster enforces every older version of the standard.
    for entry in entries.iter().filter(|entry| entry.container != Some("sidecar") && entry.version >= 30) {
        for (id, expected) in [("baseline-level", entry.baseline), ("restricted-level", entry.restricted)] {
            for level in ["baseline", "restricted", "privileged", ""] {
                let labels = json!({
                    label("enforce"): level, label("enforce-version"): format!("v1.{}", entry.version)});
                let found = findings(id, &json!({"fromNamespace": true}), &entry.pod, &labels);
                let controls: BTreeSet<&str> = found.iter().map(control).collect();
                // What is no level counts as restricted.
                let is_own = id.starts_with(if level.is_empty() { "restricted" } else { level });
                if !controls.iter().copied().eq(expected.filter(|_| is_own)) {
                    failures.push(format!("{id} in a {level} namespace, {}: {controls:?}", entry.title));
                }
            }
        }
    }
    report(&failures);
}
