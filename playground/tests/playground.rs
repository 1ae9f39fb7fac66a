//! What the page can ask.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use plimsoll_playground::Playground;
use plimsoll_playground::transfer::pictures::{GraphFacts, Relation, StopProblemKind};
use plimsoll_playground::transfer::{Checked, Config, Operation, ReviewOrder, TextChange};
use serde_json::json;

const POD: &str = "# né 😀\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web # 😀\nspec:\n  containers:\n  - name: web\n    \
    image: web:1\n    securityContext:\n      privileged: true\n";

fn config(policies: serde_json::Value) -> Config {
    let config = json!({"profile": "off", "policies": policies, "today": "2026-01-01", "complete": true});
    serde_json::from_value(config).unwrap()
}

fn only(id: &str) -> Config {
    config(json!({id: {"enabled": true}}))
}

fn check(playground: &mut Playground, text: &str, id: &str) -> Checked {
    playground.checked(text, &only(id))
}

fn units(text: &str, from: usize, to: usize) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16(&units[from..to]).unwrap()
}

fn made(text: &str, change: &TextChange) -> String {
    assert_eq!(change.refused, None);
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for edit in change.edits.iter().rev() {
        units.splice(edit.from..edit.to, edit.insert.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn places_are_counted_as_editors_do() {
    let mut playground = Playground::new();
    let checked = check(&mut playground, POD, "privileged-container");
    let finding = &checked.findings[0];
    assert_eq!(units(POD, finding.range.from, finding.range.to), "true");
    assert_eq!(finding.path, "/spec/containers/0/securityContext/privileged");
    assert_eq!(units(POD, checked.objects[0].range.from, checked.objects[0].range.to), "kind: Pod");
}

#[test]
fn a_fix_changes_the_text_and_its_finding_is_gone() {
    let mut playground = Playground::new();
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: é😀 # kept\nspec:\n  progressDeadlineSeconds: 900 # kept\n";
    let checked = check(&mut playground, text, "slow-rollout-failure");
    assert_eq!(checked.findings.len(), 1, "{checked:?}");
    let fixed = made(text, &playground.fixed_one(0).unwrap());
    assert_eq!(fixed.matches("# kept").count(), 2, "{fixed}");
    assert_eq!(playground.fixed(true).unwrap().text, fixed);
    assert!(check(&mut playground, &fixed, "slow-rollout-failure").findings.is_empty());
    assert!(playground.fixed_one(0).is_none());
}

#[test]
fn an_excuse_is_written_and_counts() {
    let mut playground = Playground::new();
    check(&mut playground, POD, "privileged-container");
    let excused = made(POD, &playground.suppressed(0, " it mounts disks: \"yes\" ").unwrap());
    let checked = check(&mut playground, &excused, "privileged-container");
    assert!(checked.findings.is_empty());
    assert_eq!(checked.suppressed[0].reason, "it mounts disks: \"yes\"");
}

#[test]
fn a_cluster_answers_in_the_modules_words() {
    let mut playground = Playground::new();
    check(&mut playground, POD, "privileged-container");
    let order = |operation, old| ReviewOrder { object: 0, operation, old };
    let created = playground.reviewed(&order(Operation::Create, None)).unwrap();
    assert_eq!(created.answers.len(), 1);
    assert!(!created.answers[0].allowed);
    assert!(created.answers[0].message.as_deref().unwrap().starts_with("1 finding\n[privileged-container] "));
    assert_eq!(created.review["request"]["namespace"], "default");
    // A running Pod is not held to what it already had.
    let updated = playground.reviewed(&order(Operation::Update, Some(POD.to_owned()))).unwrap();
    assert!(updated.answers[0].allowed, "{updated:?}");
    let broken = playground.reviewed(&order(Operation::Update, Some("a: [".to_owned()))).unwrap();
    assert!(broken.problem.unwrap().starts_with("the old object can't be read"));
}

#[test]
fn wrong_settings_are_told_and_the_policy_judges_without_them() {
    let wrong =
        config(json!({"privileged-container": {"enabled": true, "settings": {"onError": "never"}}, "nothing": {}}));
    let checked = Playground::new().checked(POD, &wrong);
    assert_eq!(checked.findings.len(), 1);
    let fields: Vec<_> =
        checked.wrong_settings.iter().map(|wrong| (wrong.policy.as_str(), wrong.field.as_str())).collect();
    assert_eq!(fields, [("nothing", ""), ("privileged-container", "onError")]);
}

#[test]
fn what_can_not_be_read_is_told_with_its_place() {
    let text = "kind: Pod\n---\na: [1\n---\nfine: no object\n";
    let checked = Playground::new().checked(text, &Config::default());
    assert!(checked.errors.len() >= 3, "{checked:?}");
    assert!(checked.errors.iter().all(|error| error.range.is_some_and(|range| range.to <= text.len())));
}

#[test]
fn everything_is_described() {
    for policy in Playground::policies() {
        let description = Playground::description(policy.id).unwrap();
        assert!(!description.documentation.is_empty(), "{}", policy.id);
        assert_eq!(Playground::wrong_settings(policy.id, "{}"), "[]");
    }
    assert!(Playground::description("nothing").is_none());
}

#[test]
fn what_is_switched_on_can_be_taken_along() {
    let config = config(json!({
        "drain-deadlock": {"enabled": true, "settings": {"onViolation": "warn", "onError": "reject"}},
        "slow-rollout-failure": {"enabled": true, "settings": {"onViolation": "fix"}},
    }));
    let taken = Playground::configured(&config);
    let read = |text: &str| {
        let file = plimsoll_manifest::read(text.as_bytes(), &Default::default());
        assert!(file.errors.is_empty(), "{text}: {:?}", file.errors);
        file.documents.into_iter().map(|document| document.value).collect::<Vec<_>>()
    };
    let policies = read(&taken.policies);
    assert_eq!(policies.len(), 2);
    assert_eq!(policies[0]["spec"]["settings"], json!({"onViolation": "warn"}));
    assert_eq!((&policies[0]["spec"]["mutating"], &policies[1]["spec"]["mutating"]), (&json!(false), &json!(true)));
    let group = &read(&taken.group)[0];
    assert_eq!(group["spec"]["expression"], "drain_deadlock() && slow_rollout_failure()");
    let server = &read(&taken.policy_server)[0];
    assert_eq!(server["slow-rollout-failure"]["allowedToMutate"], true);
    assert!(server["drain-deadlock"]["contextAwareResources"].is_array());
    assert!(taken.kwctl[0].contains("--settings-json '{\"onViolation\":\"warn\"}' --allow-context-aware registry://"));
    let suite = &read(&taken.suite)[0]["spec"]["settings"];
    let on: Vec<_> = plimsoll::suite::configure(suite).unwrap().iter().map(|policy| policy.meta.id).collect();
    assert_eq!(on, ["drain-deadlock", "slow-rollout-failure"]);
    assert_eq!(read(&taken.command_line)[0]["policies"]["drain-deadlock"]["enabled"], true);
    assert_eq!(Playground::configured(&Config::default()).command_line, "");
}

#[test]
fn the_pictures_hold_the_facts_of_the_core() {
    let mut playground = Playground::new();
    let service =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/web-service.yaml")).unwrap();
    let checked = playground.checked(&service, &Config::default());
    let graph = playground.targets().unwrap();
    let at = |kind: &str| graph.nodes.iter().position(|node| node.kind == kind).unwrap();
    let deployment = at("Deployment");
    let relation = |kind| graph.edges.iter().find(|edge| edge.from == at(kind)).map(|edge| (edge.to, edge.relation));
    assert_eq!(relation("PodDisruptionBudget"), Some((deployment, Relation::Budgets)));
    assert_eq!(relation("HorizontalPodAutoscaler"), Some((deployment, Relation::Scales)));
    let GraphFacts::Budget { at_least: Some(few), .. } = &graph.nodes[at("PodDisruptionBudget")].facts else {
        panic!()
    };
    assert_eq!((few.pods, few.kept, few.allowed), (3, 3, 0));
    let object = graph.nodes[deployment].object;
    assert_eq!(checked.objects[object].kind, "Deployment");
    let timeline = playground.termination(object).unwrap().timeline.unwrap();
    assert_eq!((timeline.grace, timeline.led_away), (30_000, 15_000));
    assert_eq!(timeline.routes.as_deref(), Some(&["Service \"storefront\"".to_owned()][..]));
    let app = timeline.containers.iter().find(|container| container.name == "storefront").unwrap();
    assert_eq!(app.problems[0].kind, StopProblemKind::Cut);
    let found = |policy: &&str| checked.findings.iter().any(|f| f.policy == *policy && f.object == object);
    assert!(app.problems.iter().flat_map(|problem| &problem.policies).all(found));
    assert!(playground.termination(0).unwrap().timeline.is_none());
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let mut playground = Playground::new();
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {terminationGracePeriodSeconds: soon}\n";
    playground.checked(broken, &Config::default());
    let termination = playground.termination(0).unwrap();
    assert_eq!(termination.unreadable.as_deref(), Some("/spec/terminationGracePeriodSeconds should be a whole number"));
    assert!(termination.timeline.is_none());
}

#[test]
fn a_setting_changes_the_picture_as_it_changes_the_finding() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    ports: [{containerPort: 80}]\n    \
        lifecycle: {preStop: {sleep: {seconds: 5}}}\n";
    let mut playground = Playground::new();
    for (least, expected) in [(5, 0), (10, 1)] {
        let settings = json!({"missing-prestop": {"enabled": true, "settings": {"minSeconds": least}}});
        let checked = playground.checked(text, &config(settings));
        let timeline = playground.termination(0).unwrap().timeline;
        // Nothing else exists here: nobody is led to the pod.
        assert_eq!(checked.findings.len(), expected);
        assert_eq!(timeline.unwrap().led_away, least * 1_000);
    }
}

#[test]
fn nonsense_is_answered() {
    let mut playground = Playground::new();
    assert_eq!((playground.graph(), playground.timeline(0)), ("null".to_owned(), "null".to_owned()));
    assert_eq!(playground.fix(0), "null");
    assert_eq!(playground.fix_all(true), "null");
    for text in ["", "\u{feff}", "{", "- - -", "&a [*a]", "kind: List\nitems: [1, {kind: Pod}]", "\u{0}", "---\n...\n"]
    {
        playground.check(text, "no JSON");
        playground.fix_all(true);
        playground.suppress(7, "");
        playground.review(r#"{"object": 9, "operation": "CREATE"}"#);
        playground.review("");
        playground.graph();
        assert_eq!(playground.timeline(9), "null");
    }
}
