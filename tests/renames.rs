//! A policy that was renamed still goes by the ids that it had.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use plimsoll::engine::config::{Choice, Configuration};
use plimsoll::engine::evaluate::{Review, Suppression, evaluate};
use plimsoll::engine::renamed::Renamed;
use plimsoll::inventory::Unknown;
use plimsoll::kube::container::Container;
use plimsoll::kube::kinds;
use plimsoll::kube::pod::Pod;
use plimsoll::policies::PolicyEntry;
use plimsoll::policies::lifecycle::missing_prestop::MissingPrestop;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::{Context, Operation};
use plimsoll::policy::error::CheckError;
use plimsoll::policy::finding::Findings;
use plimsoll::policy::metadata::{Metadata, Profile, Status};
use plimsoll::policy::rule::Policy;
use plimsoll::settings::Date;
use serde::Deserialize;
use serde_json::{Value, json};

static METADATA: Metadata = Metadata {
    id: "new-name",
    renamed_from: &["first-name", "old-name"],
    profile: Profile::Starter,
    ..Metadata::DEFAULT
};
static ENTRY: PolicyEntry = PolicyEntry { metadata: &METADATA, ..PolicyEntry::of::<MissingPrestop>() };
static MORE: [&PolicyEntry; 1] = [&ENTRY];

fn read(settings: &Value) -> Result<Configuration, Vec<String>> {
    let choice = Choice { more: &MORE, ..Choice::default() };
    let problems = |error: plimsoll::settings::SettingsError| {
        error.problems.into_iter().map(|problem| [problem.field, problem.reason].join(": ")).collect()
    };
    Configuration::read(settings, choice).map_err(problems)
}

fn renamed(from: &str) -> Vec<Renamed> {
    vec![Renamed { from: from.to_owned(), to: "new-name" }]
}

#[test]
fn configuration_by_an_old_id_counts_and_is_told_the_new_one() {
    for id in ["first-name", "old-name"] {
        let own = json!({"enabled": true, "minSeconds": 7, "exempt": [{"name": "web", "reason": "known"}]});
        let on = read(&json!({"profile": "off", "policies": {id: own}})).unwrap();
        assert_eq!((on.policies.len(), on.renamed), (1, renamed(id)));
        assert_eq!(on.policies.first().unwrap().common.exempt.len(), 1);
        let off = read(&json!({"profile": "starter", "policies": {id: {"enabled": false}}})).unwrap();
        let all = read(&json!({"profile": "starter"})).unwrap();
        assert_eq!(off.policies.len() + 1, all.policies.len());
    }
    let now = read(&json!({"profile": "off", "policies": {"new-name": {"enabled": true}}})).unwrap();
    assert_eq!((now.policies.len(), now.renamed), (1, Vec::new()));
}

#[test]
fn problems_in_an_entry_by_an_old_id_are_found() {
    let problems = |policies: Value| read(&json!({ "policies": policies })).unwrap_err();
    assert_eq!(problems(json!({"old-name": {"minSeconds": -1}})).len(), 1);
    assert_eq!(problems(json!({"older-name": {}})), ["policies.older-name: there is no such policy"]);
}

#[test]
fn two_entries_for_one_policy_are_refused() {
    for id in ["new-name", "first-name"] {
        let twice = json!({"policies": {"old-name": {"enabled": true}, id: {"enabled": false}}});
        assert_eq!(read(&twice).unwrap_err(), ["policies.old-name: was renamed to new-name, which has an entry, too"]);
    }
}

/// A policy that was renamed twice.
#[derive(Default, Deserialize)]
struct NewName {}

impl Policy for NewName {
    const METADATA: Metadata = Metadata {
        id: "new-name",
        renamed_from: &["first-name", "old-name"],
        targets: &[&kinds::DEPLOYMENT],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        _: &Pod<'_>,
        _: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        out.report(container.get("image"), "something is wrong").container(container);
        Ok(())
    }
}

#[test]
fn annotation_with_an_old_id_exempts() {
    let policies = [Configured::read::<NewName>(&Value::Null).unwrap()];
    for (key, exempt) in [
        ("plimsoll.dev/ignore.new-name", 2),
        ("plimsoll.dev/ignore.old-name", 2),
        ("plimsoll.dev/ignore.first-name.web", 1),
        ("plimsoll.dev/ignore.first-name.other", 0),
        ("plimsoll.dev/ignore.older-name", 0),
    ] {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "annotations": {key: "known"}},
            "spec": {"template": {"spec": {"containers": [
                {"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]}}}});
        let review = Review {
            object: &object,
            old_object: None,
            operation: Operation::Create,
            namespace: None,
            sent_as: None,
            requested_by: None,
            inventory: &Unknown,
            today: Date::LAST,
            honor_annotations: true,
        };
        let report = evaluate(&policies, &review);
        let by_annotation =
            report.suppressed.iter().filter(|one| matches!(one.suppression, Suppression::Annotation(_)));
        assert_eq!(by_annotation.count(), exempt, "{key}");
        assert_eq!(report.findings.len(), 2 - exempt, "{key}");
    }
}

#[test]
fn policies_keep_what_their_status_and_ids_promise() {
    let mut ids: Vec<&str> = Vec::new();
    for entry in plimsoll::policies::POLICIES {
        let metadata = entry.metadata;
        let is_tried = metadata.status == Status::Preview;
        assert!(!is_tried || metadata.profile >= Profile::Strict, "{}: a preview is for strict", metadata.id);
        ids.extend(metadata.ids());
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is of one policy, for all time");
    assert_eq!((METADATA.first_id(), Metadata::DEFAULT.first_id()), ("first-name", ""));
}
