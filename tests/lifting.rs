//! A pod gets the same findings in every kind of workload.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use plimsoll::engine::evaluate::{Report, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::json::edit::Edit;
use plimsoll::json::node::{Node, PathArena};
use plimsoll::json::path::Path;
use plimsoll::kube::kinds::{self, Kind, LONG_RUNNING, POD_KINDS};
use plimsoll::kube::owner::is_static_pod;
use plimsoll::policies::POLICIES;
use plimsoll::policy::context::Operation;
use plimsoll_fixtures::Case;
use serde_json::{Map, Value, json};
use support::{configured, files, report, title};

/// Policies that treat the pods of some kinds differently: the policy, and those kinds.
const EXCEPTIONS: &[(&str, &[&Kind])] = &[
    // An agent stops with its node, and a Job can wait for one. The purpose of a PodTemplate is unknown, and Knative
    // runs pods only while there are requests.
    (
        "contradictory-node-affinity",
        &[
            &kinds::DAEMON_SET,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::SCALED_JOB,
            &kinds::POD_TEMPLATE,
            &kinds::KNATIVE_SERVICE,
        ],
    ),
    // A Job has no requests to drain, and an agent may be killed at once.
    (
        "short-grace-period",
        &[
            &kinds::DAEMON_SET,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::SCALED_JOB,
            &kinds::POD_TEMPLATE,
            &kinds::KNATIVE_SERVICE,
        ],
    ),
    // Only Deployments and Rollouts have a progress deadline.
    (
        "startup-window",
        &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
    ),
    // A Job may wait for its turn.
    (
        "missing-priority-class",
        &[&kinds::JOB, &kinds::CRON_JOB, &kinds::SCALED_JOB, &kinds::POD_TEMPLATE, &kinds::KNATIVE_SERVICE],
    ),
    // Another policy checks liveness probes of pods that aren't meant to finish.
    ("probe-host", &[&kinds::JOB, &kinds::CRON_JOB, &kinds::SCALED_JOB, &kinds::POD_TEMPLATE, &kinds::KNATIVE_SERVICE]),
    // Its settings name kinds.
    ("resource-range", &[&kinds::JOB, &kinds::CRON_JOB]),
    // Agents often belong on every node, control plane included.
    ("control-plane-toleration", &[&kinds::DAEMON_SET]),
    // Reading the node's logs is what agents on every node are for.
    ("host-path-volume", &[&kinds::DAEMON_SET]),
    // Host ports suit one pod per node.
    ("host-port", &[&kinds::DAEMON_SET]),
    // The cluster autoscaler ignores agents.
    ("unevictable-pod", &[&kinds::DAEMON_SET]),
];

fn is_exception(policy: &str, kind: &Kind) -> bool {
    EXCEPTIONS.iter().any(|(id, kinds)| *id == policy && kinds.contains(&kind))
}

/// The object converted to another kind with the same pod; `None` if it has no pod.
fn lift(object: &Value, from: &Kind, to: &Kind) -> Option<Value> {
    let mut template = route(from.template?).find(object)?.clone();
    let template = template.as_object_mut()?;
    template.retain(|key, _| key == "metadata" || key == "spec");
    let own = object.get("metadata").cloned().unwrap_or_else(|| json!({}));
    let mut name: Map<String, Value> = Map::new();
    for key in ["name", "generateName", "namespace"] {
        if let Some(value) = own.get(key) {
            name.insert(key.to_owned(), value.clone());
        }
    }

    let mut lifted = json!({"apiVersion": to.api_version(), "kind": to.name});
    if *to == kinds::POD {
        let mut metadata = own;
        // A Pod has the workload's metadata too; the template's values win.
        for (key, value) in template.get("metadata").and_then(Value::as_object).into_iter().flatten() {
            match (metadata.get_mut(key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
                _ => metadata[key] = value.clone(),
            }
        }
        lifted["metadata"] = metadata;
        lifted["spec"] = template.get("spec").cloned().unwrap_or_default();
        return Some(lifted);
    }
    lifted["metadata"] = if *from == kinds::POD { Value::Object(name) } else { own };
    if *from == kinds::POD
        && let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.retain(|key, _| key == "labels" || key == "annotations");
    }
    Edit::Set { at: route(to.template?), value: Value::Object(template.clone()) }.apply(&mut lifted).unwrap();
    Some(lifted)
}

fn route(keys: &[&str]) -> Path {
    keys.iter().fold(Path::ROOT, |path, key| path.key(key))
}

/// The findings with places relative to the pod, and with the fixes if the kind gets any.
fn findings_of(report: &Report, kind: &Kind, fixes: bool) -> Vec<String> {
    let route = route(kind.template.unwrap_or_default());
    let place = |path: &Path| match path.as_str().strip_prefix(route.as_str()) {
        Some(rest) if path.starts_with(&route) => rest.to_owned(),
        _ => path.as_str().to_owned(),
    };
    let mut found: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let edits = finding.fix.iter().filter(|_| fixes).flat_map(|fix| &fix.edits).map(|edit| match edit {
                Edit::Set { at, value } => format!("set {} {value}", place(at)),
                Edit::Append { at, value } => format!("append {} {value}", place(at)),
                Edit::Remove { at } => format!("remove {}", place(at)),
            });
            let edits = edits.collect::<Vec<_>>().join(", ");
            format!("{} {} at {} [{edits}]", finding.severity.name(), finding.message, place(&finding.path))
        })
        .chain(report.errors.iter().map(|unchecked| {
            let text = unchecked.error.to_string();
            format!("cannot check: {}", text.strip_prefix(route.as_str()).unwrap_or(&text))
        }))
        .collect();
    found.sort();
    found
}

/// The fixture objects to convert: the case's objects with their kinds.
fn sources(case: &Case) -> impl Iterator<Item = (&Value, &'static Kind)> {
    let created = case.operation == Operation::Create;
    case.checked.iter().filter(move |_| created).filter_map(|checked| {
        let kind = Kind::of(&checked.object)?;
        // Workloads have no static pods.
        let is_static = is_static_pod(Node::root(&checked.object, &PathArena::new()));
        ((*kind == kinds::POD || *kind == kinds::DEPLOYMENT) && !is_static).then_some((&*checked.object, kind))
    })
}

/// Converts every fixture object of the policies for these kinds to every kind, and compares the findings.
fn lift_all(targets: &[&'static Kind]) -> usize {
    let mut failures = Vec::new();
    let mut lifted_objects = 0;
    for file in files() {
        let entry = POLICIES.iter().find(|entry| entry.metadata.id == file.policy).unwrap();
        if entry.metadata.targets != targets || !entry.metadata.needs.is_empty() {
            continue;
        }
        for case in &file.cases {
            let policies = [configured(case)];
            let inventory = Objects::new(Vec::new(), true);
            for (object, kind) in sources(case) {
                let ends =
                    !matches!(object.pointer("/spec/restartPolicy").and_then(Value::as_str), None | Some("Always"));
                let original = evaluate(&policies, &case.review(object, &inventory));
                for to in POD_KINDS {
                    if is_exception(entry.metadata.id, to) {
                        continue;
                    }
                    // A pod that may finish belongs to a Job, not to a workload that restarts its pods indefinitely.
                    let skips_jobs = targets == LONG_RUNNING || is_exception(entry.metadata.id, &kinds::JOB);
                    if skips_jobs && *kind == kinds::POD && ends && LONG_RUNNING.contains(to) {
                        continue;
                    }
                    let Some(lifted) = lift(object, kind, to) else { continue };
                    lifted_objects += 1;
                    // Knative allows few of a pod's fields.
                    let fixes = **to != kinds::KNATIVE_SERVICE;
                    let found = findings_of(&evaluate(&policies, &case.review(&lifted, &inventory)), to, fixes);
                    let expected = if targets.contains(to) { findings_of(&original, kind, fixes) } else { Vec::new() };
                    if found != expected {
                        failures.push(format!(
                            "{}\n  as {}: {expected:#?}\n  as {}: {found:#?}",
                            title(case),
                            kind.name,
                            to.name
                        ));
                    }
                }
            }
        }
    }
    report(&failures);
    lifted_objects
}

/// The minimum of converted objects without `POLICY`: most fixtures have pods.
const LIFTED: usize = 1_000;

#[test]
fn policies_for_all_pods_treat_all_kinds_alike() {
    let lifted = lift_all(POD_KINDS);
    assert!(lifted > LIFTED || plimsoll_fixtures::chosen().unwrap().is_some(), "only {lifted} objects were lifted");
}

#[test]
fn policies_for_long_running_pods_treat_all_kinds_but_jobs_alike() {
    let lifted = lift_all(LONG_RUNNING);
    assert!(lifted > LIFTED || plimsoll_fixtures::chosen().unwrap().is_some(), "only {lifted} objects were lifted");
}

/// An obsolete exception would hide a real difference.
#[test]
fn every_exception_is_needed() {
    if plimsoll_fixtures::chosen().unwrap().is_some() {
        return;
    }
    let mut unneeded = Vec::new();
    for (id, kinds) in EXCEPTIONS {
        let entry = plimsoll::policies::find(id).unwrap_or_else(|| panic!("unknown policy {id}"));
        let files = plimsoll_fixtures::files_of(id).unwrap();
        let cases: Vec<&Case> = files.iter().flat_map(|file| &file.cases).collect();
        for to in *kinds {
            let differs = cases.iter().any(|case| {
                let policies = [configured(case)];
                let inventory = Objects::new(Vec::new(), true);
                sources(case).any(|(object, kind)| {
                    let Some(lifted) = lift(object, kind, to) else { return false };
                    let original = evaluate(&policies, &case.review(object, &inventory));
                    let found = evaluate(&policies, &case.review(&lifted, &inventory));
                    {
                        let fixes = **to != kinds::KNATIVE_SERVICE;
                        findings_of(&found, to, fixes) != findings_of(&original, kind, fixes)
                    }
                })
            });
            if !differs && entry.metadata.targets.contains(to) {
                unneeded.push(format!("{id} checks pods of a {} like all others", to.name));
            }
        }
    }
    report(&unneeded);
}
