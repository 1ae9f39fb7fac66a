//! Requests recorded from a real API server: while policies were added to running workloads, and while the example
//! service was deployed. The modules give the same answers as they did in policy-server. `RECORD=1 make e2e-cluster`
//! records them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use plimsoll::policies::POLICIES;
use plimsoll_e2e::{Shipped, looks_up, repository};
use serde_json::{Value, json};

/// A recorded sequence.
struct Sequence {
    /// The ids of the deployed policies.
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

    /// Calls `ask` with each review and the cluster at that time, which includes the objects admitted before.
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

/// Sends the reviews to each deployed module whose webhook matches their kind.
fn replay(sequence: &Sequence) {
    let mut failures = Vec::new();
    for entry in POLICIES.iter().filter(|entry| sequence.asked.contains(&json!(entry.metadata.id))) {
        let id = entry.metadata.id;
        let shipped = Shipped::load(id).unwrap_or_else(|error| panic!("{error:#}"));
        // Without look-ups the cluster makes no difference.
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

/// The suite with all policies enabled.
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

/// People's requests are denied only for new violations, and controllers' requests never.
fn only_new_violations_are_denied(sequence: &Sequence, new: &[&str]) {
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
fn policies_added_to_running_workloads_answer_as_in_policy_server() {
    let sequence = Sequence::read("adoption.json");
    only_new_violations_are_denied(&sequence, &ADOPTION);
    replay(&sequence);
}

#[test]
fn suite_added_to_running_workloads_answers_as_in_policy_server() {
    replay_suite(&Sequence::read("adoption.json"));
}

#[test]
fn example_service_is_answered_as_in_policy_server() {
    let sequence = Sequence::read("service.json");
    only_new_violations_are_denied(&sequence, &SERVICE);
    let silent = sequence.reviews.iter().all(|review| review["warnedBy"] == json!([]));
    assert!(silent, "the example service got a warning");
    replay(&sequence);
}
