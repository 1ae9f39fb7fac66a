//! What a real API server sent, while policies came to running workloads and while a right service lived: the modules answer
//! today what they answered in policy-server. `RECORD=1 make e2e-cluster` records it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use plimsoll::policies::POLICIES;
use plimsoll_e2e::{Shipped, looks_up, repository};
use serde_json::{Value, json};

/// A recorded sequence.
struct Sequence {
    /// The ids of the policies that were there.
    asked: Vec<Value>,
    cluster: Vec<Value>,
    reviews: Vec<Value>,
}

impl Sequence {
    fn read(name: &str) -> Sequence {
        let text = std::fs::read_to_string(repository().join("e2e/reviews").join(name)).unwrap();
        let sequence: Value = serde_json::from_str(&text).unwrap();
        let list = |key: &str| sequence[key].as_array().unwrap().clone();
        Sequence { asked: list("asked"), cluster: list("cluster"), reviews: list("reviews") }
    }

    /// Each review with the cluster as it was when it was sent: what was accepted before is there.
    fn play(&self, mut ask: impl FnMut(&[Value], &Value)) {
        let mut cluster = self.cluster.clone();
        for review in &self.reviews {
            ask(&cluster, review);
            let object = &review["request"]["object"];
            let lasts = review["request"]["dryRun"] != true && review["refusedBy"] == json!([]);
            if lasts && object["metadata"]["name"].is_string() {
                let same = |other: &Value| {
                    ["kind", "apiVersion"].iter().all(|key| other[key] == object[key])
                        && other["metadata"]["name"] == object["metadata"]["name"]
                };
                cluster.retain(|other| !same(other));
                cluster.push(object.clone());
            }
        }
    }
}

fn title(review: &Value) -> String {
    let request = &review["request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    [
        text(&request["operation"]),
        text(&request["kind"]["kind"]),
        text(&request["subResource"]),
        text(&request["object"]["metadata"]["name"]),
        text(&request["userInfo"]["username"]),
    ]
    .join(" ")
}

fn has(review: &Value, key: &str, id: &str) -> bool {
    review[key].as_array().unwrap().iter().any(|other| other == id)
}

/// Asks each module that was there, of the kinds that its webhook is for.
fn replay(sequence: &Sequence) {
    let mut failures = Vec::new();
    for entry in POLICIES.iter().filter(|entry| sequence.asked.contains(&json!(entry.metadata.id))) {
        let id = entry.metadata.id;
        let shipped = Shipped::load(id).unwrap_or_else(|error| panic!("{error:#}"));
        // Without look-ups it makes no difference what there is.
        let mut alone = (!looks_up(entry)).then(|| shipped.start(Vec::new()).unwrap());
        sequence.play(|cluster, review| {
            let gvk = &review["request"]["kind"];
            let version = [&gvk["group"], &gvk["version"]].map(|part| part.as_str().unwrap_or_default());
            let api_version = version.join("/");
            let api_version = api_version.trim_start_matches('/');
            let kind = gvk["kind"].as_str().unwrap();
            if !entry.admission_targets.iter().any(|target| target.is(api_version, kind)) {
                return;
            }
            let mut around;
            let guest = match &mut alone {
                Some(guest) => guest,
                None => {
                    around = shipped.start(cluster.to_vec()).unwrap();
                    &mut around
                }
            };
            let verdict =
                guest.validate(&review["request"], &json!({})).unwrap_or_else(|error| panic!("{id}: {error}"));
            let warned = !verdict.warnings().is_empty();
            if verdict.allowed == has(review, "refusedBy", id) || warned != has(review, "warnedBy", id) {
                failures.push(format!("{id}: {}: {verdict:?}", title(review)));
            }
        });
    }
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures.join("\n"));
}

/// The module of all policies, with all of them enabled.
fn replay_suite(sequence: &Sequence) {
    let suite = Shipped::load("suite").unwrap_or_else(|error| panic!("{error:#}"));
    let all: Value = POLICIES.iter().map(|entry| (entry.metadata.id.to_owned(), json!({"enabled": true}))).collect();
    sequence.play(|cluster, review| {
        let mut guest = suite.start(cluster.to_vec()).unwrap();
        let verdict = guest.validate(&review["request"], &json!({"policies": all})).unwrap();
        assert_eq!(verdict.allowed, review["refusedBy"] == json!([]), "{}: {verdict:?}", title(review));
        if review["warnedBy"] == json!([]) {
            assert!(verdict.warnings().is_empty(), "{}: {verdict:?}", title(review));
        }
    });
}

/// Of what a person did, only what made something worse is refused; of what controllers did, nothing.
fn only_what_is_new_is_refused(sequence: &Sequence, new: &[&str]) {
    let mut refused = Vec::new();
    for review in &sequence.reviews {
        if review["refusedBy"] != json!([]) {
            assert_eq!(review["request"]["userInfo"]["username"], "administrator", "{}", title(review));
            refused.push(title(review));
        }
    }
    assert_eq!(refused, new);
    let controllers =
        sequence.reviews.iter().filter(|review| title(review).contains(" system:serviceaccount:kube-system:"));
    assert!(controllers.count() > 2, "no controller has sent anything");
}

const ADOPTION: [&str; 2] = ["CREATE Deployment  new administrator", "UPDATE Deployment  web administrator"];
const SERVICE: [&str; 1] = ["UPDATE Deployment  quotes administrator"];

#[test]
fn policies_that_come_to_running_workloads_answer_as_in_policy_server() {
    let sequence = Sequence::read("adoption.json");
    only_what_is_new_is_refused(&sequence, &ADOPTION);
    replay(&sequence);
}

#[test]
fn the_suite_that_comes_to_running_workloads_answers_as_in_policy_server() {
    replay_suite(&Sequence::read("adoption.json"));
}

#[test]
fn a_right_service_is_answered_as_in_policy_server() {
    let sequence = Sequence::read("service.json");
    only_what_is_new_is_refused(&sequence, &SERVICE);
    let silent = sequence.reviews.iter().all(|review| review["warnedBy"] == json!([]));
    assert!(silent, "a right service was warned about");
    replay(&sequence);
}
