//! The modules in policy-server: it answers word for word like the embedded host. `make e2e-real` runs this.
//!
//! What the policies look up is in a stand-in for the API server: the objects of all fixtures together, each fixture in
//! namespaces of its own. The embedded host has only those of the one fixture.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::Category;
use plimsoll_e2e::policy_server::{PolicyServer, policy};
use plimsoll_e2e::questions::{Question, questions};
use plimsoll_e2e::stand_in::ApiServer;
use plimsoll_e2e::{Shipped, chosen, each_policy, looks_up};
use plimsoll_host::HostCall;
use serde_json::{Map, Value, json};

/// A look-up that hangs holds a worker indefinitely.
const WORKERS: usize = 16;
/// As long as an API server waits for a webhook.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the first look-up of a kind is tried: it may hang, which is an error of the server.
const TRIES: usize = 4;

/// A question, and what the embedded host answered.
struct Asked {
    question: Question,
    /// The policy as policy-server knows it.
    name: String,
    answer: Value,
    /// The kinds that were listed, in the audit too.
    listed: BTreeSet<String>,
    /// The kinds of which objects were got by name.
    got: BTreeSet<String>,
    /// The audit scanner's request, and the answer to that.
    audit: Option<(Value, Value)>,
}

/// An AdmissionResponse whose patch is readable.
fn readable(mut response: Value) -> Value {
    if let Some(patch) = response["patch"].as_str() {
        let patch = base64::engine::general_purpose::STANDARD.decode(patch).unwrap();
        response["patch"] = serde_json::from_slice(&patch).unwrap();
    }
    response
}

/// Policies, and what they are asked.
type Questions = Vec<(&'static PolicyEntry, Vec<Question>)>;

/// The questions to each policy: with the fixtures' settings, and the same with `onViolation: fix`. Those of policies that look
/// something up are in namespaces of their own; beside them, the objects of all of these.
fn all_questions() -> (Questions, Vec<Value>) {
    let (mut all, mut objects, mut number) = (Vec::new(), Vec::new(), 0);
    for entry in chosen().unwrap() {
        let mut asked = Vec::new();
        for mut question in questions(entry).unwrap() {
            number += 1;
            if looks_up(entry) {
                question = question.apart(number);
                objects.extend(question.cluster.iter().cloned());
            }
            asked.push(question.clone().with(&json!({"onViolation": "fix", "applyFixes": "unsafe"})));
            asked.push(question);
        }
        all.push((entry, asked));
    }
    (all, objects)
}

/// What the embedded host answers, and what it was asked.
fn embedded(shipped: &Shipped, question: &Question, request: &Value) -> (Value, Vec<HostCall>) {
    let mut guest = shipped.start(question.cluster.clone()).unwrap();
    let verdict = guest.validate(request, &question.settings).unwrap();
    let answer = readable(verdict.admission_response(request["uid"].as_str().unwrap()));
    (answer, guest.calls().into_iter().filter_map(|call| call.request).collect())
}

/// The questions with the answers of the embedded host, and how policy-server has to be configured for them.
fn ask_embedded(all: &Questions) -> (Vec<Asked>, Map<String, Value>) {
    let entries: Vec<_> = all.iter().map(|(entry, _)| *entry).collect();
    let asked = each_policy(&entries, |entry| {
        let id = entry.metadata.id;
        let shipped = Shipped::load(id).unwrap();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut asked = Vec::new();
        for question in all.iter().filter(|(asked, _)| asked.metadata.id == id).flat_map(|(_, questions)| questions) {
            let number = names.len();
            let name = names.entry(question.settings.to_string()).or_insert_with(|| format!("{id}-{number}")).clone();
            let (answer, mut calls) = embedded(&shipped, question, &question.request);
            // What waits for other objects on CREATE looks them up in the audit.
            let audit = (question.request["operation"] == "CREATE").then(|| {
                let request = question.audited().unwrap();
                let (answer, more) = embedded(&shipped, question, &request);
                calls.extend(more);
                (request, answer)
            });
            let (mut listed, mut got) = (BTreeSet::new(), BTreeSet::new());
            for call in calls {
                match call {
                    HostCall::KubernetesListResourceAll(call) => listed.insert(call.kind),
                    HostCall::KubernetesGetResource(call) => got.insert(call.kind),
                    call => panic!("no policy makes this call: {call:?}"),
                };
            }
            asked.push(Asked { question: question.clone(), name, answer, listed, got, audit });
        }
        asked
    });
    let mut policies = Map::new();
    for Asked { question, name, .. } in &asked {
        let id = name.rsplit_once('-').unwrap().0;
        policies.entry(name).or_insert_with(|| policy(id, &question.settings).unwrap());
    }
    (asked, policies)
}

/// Has policy-server start its watches.
fn look_up_everything(server: &PolicyServer, asked: &[Asked]) {
    let mut known = BTreeSet::new();
    for asked in asked.iter().filter(|asked| !asked.listed.is_empty()) {
        if asked.listed.is_subset(&known) {
            continue;
        }
        let (way, request) = match &asked.audit {
            Some((request, _)) => ("audit", request),
            None => ("validate", &asked.question.request),
        };
        let path = format!("/{way}/{}", asked.name);
        let answered = (0..TRIES).any(|_| server.connect(PATIENCE).unwrap().ask(&path, request).is_ok());
        assert!(answered, "{}: no look-up of {:?} was answered", asked.question.title, asked.listed);
        known.extend(asked.listed.iter().cloned());
    }
}

#[test]
#[ignore = "needs policy-server"]
fn policy_server_answers_every_fixture_like_the_embedded_host() {
    let (all, objects) = all_questions();
    let (asked, mut policies) = ask_embedded(&all);
    // The same in `mode: monitor`.
    let watched = |name: &str| format!("watched-{name}");
    for (name, mut policy) in policies.clone() {
        policy["policyMode"] = json!("monitor");
        policies.insert(watched(&name), policy);
    }
    let folder = tempfile::tempdir().unwrap();
    let api = ApiServer::start(objects, &[]).unwrap();
    let server = PolicyServer::start(folder.path(), &policies, &api, WORKERS).unwrap();
    look_up_everything(&server, &asked);

    let mut connection = server.connect(Duration::from_secs(60)).unwrap();
    let mut failures = Vec::new();
    for Asked { question, name, answer, audit, .. } in &asked {
        let mut expect = |path: String, request: &Value, expected: &Value| {
            let actual = readable(connection.ask(&path, request).unwrap());
            if *expected != actual {
                failures
                    .push(format!("{} {path}\n  embedded      {expected}\n  policy-server {actual}", question.title));
            }
        };
        expect(format!("/validate/{name}"), &question.request, answer);
        expect(format!("/audit/{name}"), &question.request, answer);
        expect(format!("/audit/{}", watched(name)), &question.request, answer);
        if let Some((request, answer)) = audit {
            expect(format!("/audit/{name}"), request, answer);
        }
        // What a monitored policy finds is in the log and in the audit.
        let mut accepted = answer.clone();
        accepted["allowed"] = json!(true);
        for key in ["status", "patch", "patchType"] {
            accepted.as_object_mut().unwrap().remove(key);
        }
        expect(format!("/validate/{}", watched(name)), &question.request, &accepted);
    }
    let denied = asked.iter().filter(|asked| asked.answer["allowed"] == false).count();
    println!("{} requests to {} policies, {denied} denied", asked.len(), policies.len() / 2);
    assert!(failures.is_empty(), "{} of {} differ\n{}", failures.len(), asked.len(), failures.join("\n"));
}

/// A cluster in which PolicyServer may read neither Secrets, which are got by name, nor NetworkPolicies, which are listed.
#[test]
#[ignore = "needs policy-server"]
fn look_up_that_fails_in_the_audit_fails_no_other_policy() {
    let (mut all, objects) = all_questions();
    // Some of each sort are enough.
    all.retain(|(entry, _)| looks_up(entry) || entry.metadata.category == Category::Health);
    for (_, questions) in &mut all {
        questions.retain(|question| question.settings == json!({}) && question.request["operation"] == "CREATE");
    }
    let (asked, policies) = ask_embedded(&all);
    let folder = tempfile::tempdir().unwrap();
    let api = ApiServer::start(objects, &["secrets", "networkpolicies"]).unwrap();
    let server = PolicyServer::start(folder.path(), &policies, &api, WORKERS).unwrap();
    let (unlisted, asked): (Vec<Asked>, Vec<Asked>) =
        asked.into_iter().partition(|asked| asked.listed.contains("NetworkPolicy"));
    look_up_everything(&server, &asked);

    std::thread::scope(|scope| {
        // Without the permission to list, policy-server doesn't answer: nobody waits for that.
        let (Asked { name, question, .. }, server) = (unlisted.first().unwrap(), &server);
        let request = question.audited().unwrap();
        scope.spawn(move || server.connect(PATIENCE).unwrap().ask(&format!("/audit/{name}"), &request));
        let mut connection = server.connect(Duration::from_secs(60)).unwrap();
        let mut unknown = 0;
        for Asked { question, name, got, audit, .. } in &asked {
            let (request, answer) = audit.as_ref().unwrap();
            let actual = readable(connection.ask(&format!("/audit/{name}"), request).unwrap());
            // Not everything that is looked up decides: a name that a tool has yet to fill in doesn't.
            if got.contains("Secret") && *answer != actual {
                // It can't know: it says so, and at once.
                assert!(actual["allowed"] == false && actual["status"]["message"].is_string(), "{}", question.title);
                unknown += 1;
            } else {
                assert_eq!(*answer, actual, "{}", question.title);
            }
        }
        assert!(unknown > 0, "no policy has asked for a Secret");
    });
}
