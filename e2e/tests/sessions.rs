//! The recorded sessions of cross-object policies are current and replay with the recorded verdict. kwctl.rs replays them in
//! kwctl.
//!
//! `BLESS=1 cargo nextest run --package plimsoll-e2e --test sessions` records them again; `POLICY=<id>` limits it to
//! one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::path::PathBuf;
use std::sync::Arc;

use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_e2e::{Shipped, answer_of, in_namespace, is_served, looks_up, operation, plural, repository};
use plimsoll_host::{Replay, Session, request};
use serde_json::{Value, json};

/// The calls of an evaluation and their answers, in the format of kwctl's `--replay-host-capabilities-interactions`.
const SESSION: &str = "session.yaml";
/// The admission request that was evaluated.
const REQUEST: &str = "session-request.json";
/// Its settings if they are not the defaults: some policies look up objects only if a setting enables it, and some of a new
/// object only if somebody wants to hear at once of what is missing.
const SETTINGS: &str = "session-settings.json";

struct Recorded {
    session: String,
    request: Value,
    settings: Value,
    answer: Value,
}

fn path(id: &str, name: &str) -> PathBuf {
    repository().join("policies").join(id).join(name)
}

/// The policies with a session, or only that of the environment variable `POLICY`.
fn looking() -> impl Iterator<Item = &'static PolicyEntry> {
    let only = plimsoll_fixtures::chosen().unwrap();
    let wanted = move |id: &str| only.is_none_or(|only| only == id);
    POLICIES.iter().filter(move |entry| looks_up(entry) && wanted(entry.metadata.id))
}

fn load(entry: &PolicyEntry) -> Shipped {
    Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Records the fixture that shows most: default settings before others, a denial before a warning before nothing, many
/// look-ups before few, and the first of equals.
fn record(entry: &PolicyEntry, shipped: &Shipped) -> Recorded {
    let mut best: Option<((bool, bool, bool, usize), Recorded)> = None;
    let cases = plimsoll_fixtures::of(&shipped.id).unwrap();
    let plain = |case: &&plimsoll_fixtures::Case| case.fails.is_none() && is_served(case);
    for case in cases.iter().filter(plain) {
        let cluster: Vec<Value> = case.cluster.iter().map(|object| in_namespace(object)).collect();
        for checked in &case.checked {
            let old = case.old_object.as_deref().map(in_namespace);
            let object = in_namespace(&checked.object);
            let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
            let mut guest = shipped.start(cluster.clone()).unwrap_or_else(|error| panic!("{error:#}"));
            let mut settings = if case.settings.is_null() { json!({}) } else { case.settings.clone() };
            // By default it would look nothing up: everything that it reports may still be applied.
            if entry.metadata.expects_later_object && settings.get("onMissingCompanion").is_none() {
                settings["onMissingCompanion"] = json!("warn");
            }
            let verdict = guest.validate(&request, &settings).unwrap();
            let session = Session::of(&guest.calls());
            if session.0.is_empty() {
                continue;
            }
            let defaults = case.settings.is_null();
            let rank = (defaults, !verdict.allowed, !verdict.warnings().is_empty(), session.0.len());
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                let session = session.to_yaml().unwrap();
                best = Some((rank, Recorded { session, request, settings, answer: answer_of(verdict) }));
            }
        }
    }
    best.unwrap_or_else(|| panic!("{}: no fixture makes a look-up", shipped.id)).1
}

/// The verdict of a request in a replayed session.
fn replay(shipped: &Shipped, session: &str, request: &Value, settings: &Value) -> Value {
    let replay = Arc::new(Replay::new(Session::parse(session).unwrap()));
    let mut guest = shipped.start_with(replay.clone()).unwrap_or_else(|error| panic!("{error:#}"));
    let verdict = guest.validate(request, settings).unwrap();
    assert!(replay.left().is_empty(), "{}: not replayed: {:?}", shipped.id, replay.left());
    answer_of(verdict)
}

#[test]
fn sessions_are_current_and_replay() {
    let blesses = plimsoll_fixtures::blesses();
    let mut stale = Vec::new();
    for entry in looking() {
        let (id, shipped) = (entry.metadata.id, load(entry));
        let recorded = record(entry, &shipped);
        let request = format!("{:#}\n", recorded.request);
        // Default settings have no file.
        let has_settings = recorded.settings != json!({});
        let settings = if has_settings { format!("{:#}\n", recorded.settings) } else { String::new() };
        for (name, new) in [(SESSION, &recorded.session), (REQUEST, &request), (SETTINGS, &settings)] {
            let path = path(id, name);
            if std::fs::read_to_string(&path).unwrap_or_default() == *new {
                continue;
            }
            if blesses && new.is_empty() {
                std::fs::remove_file(&path).unwrap();
            } else if blesses {
                std::fs::write(&path, new).unwrap();
            } else {
                stale.push(path.display().to_string());
            }
        }
        let answer = replay(&shipped, &recorded.session, &recorded.request, &recorded.settings);
        assert_eq!(answer, recorded.answer, "{id}: the replayed verdict differs");
    }
    assert!(stale.is_empty(), "not current, record them with BLESS=1: {stale:#?}");
}

#[test]
fn replay_rejects_a_different_call() {
    let Some(entry) = looking().next() else { return };
    let recorded = record(entry, &load(entry));
    let mut session = Session::parse(&recorded.session).unwrap();
    session.0[0].call = serde_json::from_value(json!({"KubernetesListResourceAll": {"api_version": "v1",
        "kind": "Service", "label_selector": null, "field_selector": null, "field_masks": null}}))
    .unwrap();
    let mut guest = load(entry).start_with(Arc::new(Replay::new(session))).unwrap();
    let verdict = guest.validate(&recorded.request, &recorded.settings).unwrap();
    assert!(!verdict.allowed && answer_of(verdict).to_string().contains("unexpected request"));
}
