//! Properties of every policy and every object: fixtures and random changes of them.
//!
//! `PROPTEST_CASES` sets the number of objects, 256 by default.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::engine::fix::fix;
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::fix::{Applicability, Fix};
use plimsoll_fixtures::Case;
use plimsoll_manifest::{Limits, apply_fix, read};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};
use support::{configured, files, report, title};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| files().into_iter().flat_map(|file| file.cases).collect());

/// Every policy with its defaults.
static DEFAULTS: LazyLock<Vec<Configured>> =
    LazyLock::new(|| POLICIES.iter().map(|entry| (entry.configure)(&Value::Null).unwrap()).collect());

const TRUSTS: [Applicability; 2] = [Applicability::Safe, Applicability::Unsafe];

/// One random change.
#[derive(Clone, Debug)]
enum Mutation {
    Remove(Index),
    Replace(Index, Value),
    Add(Index, String, Value),
    /// Copies a part of the object to another place in it.
    Copy(Index, Index),
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2..100i64).prop_map(Value::from),
        // A whole number with the fraction 0 is read without it, as kubectl does.
        prop::sample::select(&[0.5, -1.25][..]).prop_map(|number| json!(number)),
        prop::sample::select(
            &[
                "",
                "0",
                "25%",
                "-1%",
                "100m",
                "1e3",
                "Always",
                "Never",
                "a:b@c",
                "host:5000/app:x",
                "\u{0}",
                "é/~1",
                "*",
                "99999999999999999999",
                "sh",
                "-c",
                "sleep",
            ][..]
        )
        .prop_map(Value::from),
        // Text that looks like a template is rejected on purpose.
        "\\PC{0,12}".prop_filter("a template", |text| !text.contains("{{")).prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_key(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    prop::sample::select(
        &[
            "spec",
            "metadata",
            "labels",
            "annotations",
            "name",
            "containers",
            "initContainers",
            "ephemeralContainers",
            "securityContext",
            "resources",
            "requests",
            "limits",
            "cpu",
            "memory",
            "ports",
            "lifecycle",
            "preStop",
            "exec",
            "command",
            "readinessProbe",
            "livenessProbe",
            "httpGet",
            "image",
            "replicas",
            "strategy",
            "selector",
            "matchLabels",
            "volumes",
            "env",
            "restartPolicy",
            "a/b~c",
            "",
        ][..],
    )
    .prop_map(str::to_owned)
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<Index>().prop_map(Mutation::Remove),
        (any::<Index>(), any_value()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        (any::<Index>(), any_key(), any_value()).prop_map(|(at, key, value)| Mutation::Add(at, key, value)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Copy(from, to)),
    ]
}

/// Every path in a value except the root.
fn places(value: &Value, at: &Path, found: &mut Vec<Path>) {
    let children: Vec<(Path, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (at.key(key), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (at.index(index), value)).collect(),
        _ => Vec::new(),
    };
    for (path, value) in children {
        places(value, &path, found);
        found.push(path);
    }
}

fn mutate(object: &mut Value, mutation: &Mutation) {
    let mut found = Vec::new();
    places(object, &Path::ROOT, &mut found);
    // Without these the object has no kind.
    found.retain(|path| !["/kind", "/apiVersion"].contains(&path.as_str()));
    if found.is_empty() {
        return;
    }
    let edit = match mutation {
        Mutation::Remove(at) => Edit::Remove { at: at.get(&found).clone() },
        Mutation::Replace(at, value) => Edit::Set { at: at.get(&found).clone(), value: value.clone() },
        Mutation::Add(at, key, value) => Edit::Set { at: at.get(&found).key(key), value: value.clone() },
        Mutation::Copy(from, to) => {
            Edit::Set { at: to.get(&found).clone(), value: from.get(&found).find(object).unwrap().clone() }
        }
    };
    // A field can't be added to a scalar: then the object stays unchanged.
    let _ = edit.apply(object);
}

/// A case, and one of its objects after a few changes.
fn any_review() -> impl Strategy<Value = (usize, Value)> {
    let mutations = prop::collection::vec(any_mutation(), 0..5);
    (any::<Index>(), any::<Index>(), mutations).prop_map(|(case, checked, mutations)| {
        let case = case.index(CASES.len());
        let mut object = (*checked.get(&CASES[case].checked).object).clone();
        for mutation in &mutations {
            mutate(&mut object, mutation);
        }
        (case, object)
    })
}

/// The guarantees of `fix`, for one set of policies and one object.
fn fixing_holds(policies: &[Configured], review: &Review<'_>, trust: Applicability) -> Result<(), String> {
    let trusted = |_: &_| Some(trust);
    let applicable = |finding: &Finding| finding.fix.clone().filter(|fix| fix.applicability >= trust);
    let before = evaluate(policies, review);
    let fixed = fix(policies, review, &trusted);

    // A fix that doesn't fit a malformed object is not applied; every other fix leaves nothing to fix.
    for finding in &fixed.report.findings {
        let Some(fix) = applicable(finding) else { continue };
        if fix.apply(&mut fixed.object.clone()).is_ok() {
            return Err(format!("not fixed: {finding:?}\nafter {:?}", fixed.fixes));
        }
    }
    for finding in
        before.findings.iter().filter(|finding| applicable(finding).is_some_and(|fix| fixed.fixes.contains(&fix)))
    {
        let same = |other: &&Finding| {
            other.metadata.id == finding.metadata.id && other.message == finding.message && other.path == finding.path
        };
        if let Some(left) = fixed.report.findings.iter().find(same) {
            return Err(format!("fixed but still reported: {left:?}"));
        }
    }

    let again = fix(policies, &Review { object: &fixed.object, ..*review }, &trusted);
    if again.object != fixed.object || !again.fixes.is_empty() {
        return Err(format!("fixed twice: {:?}", again.fixes));
    }
    for place in changes(review.object, &fixed.object) {
        let declared = fixed.fixes.iter().flat_map(|fix| &fix.edits).map(reach);
        if !declared.into_iter().any(|edit| place.starts_with(&edit) || edit.starts_with(&place)) {
            return Err(format!("{place} changed, but no fix names it: {:?}", fixed.fixes));
        }
    }
    Ok(())
}

/// The path that an edit may change.
fn reach(edit: &Edit) -> Path {
    match edit {
        Edit::Remove { at } => at.parent().unwrap_or_default(),
        Edit::Set { at, .. } | Edit::Append { at, .. } => at.clone(),
    }
}

/// The deepest paths at which two values differ.
fn changes(old: &Value, new: &Value) -> Vec<Path> {
    let leaves = |value: &Value| {
        let mut found = vec![Path::ROOT];
        places(value, &Path::ROOT, &mut found);
        let leaf = |path: Path| {
            let value = path.find(value)?;
            let inner = value.as_object().is_some_and(|fields| !fields.is_empty())
                || value.as_array().is_some_and(|items| !items.is_empty());
            (!inner).then(|| (path, value.clone()))
        };
        found.into_iter().filter_map(leaf).collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (leaves(old), leaves(new));
    let places = old.keys().chain(new.keys()).filter(|path| old.get(path) != new.get(path));
    places.cloned().collect()
}

/// Applies the fixes to text, which must then equal the fixed object.
fn text_follows(object: &Value, fixes: &[Fix]) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(object).unwrap();
    let mut expected = object.clone();
    for fix in fixes {
        fix.apply(&mut expected).map_err(|error| error.to_string())?;
        text = apply_fix(&text, 0, &Path::ROOT, fix).map_err(|error| format!("{fix:?}: {error}"))?;
    }
    let file = read(text.as_bytes(), &Limits::default());
    let value = file.documents.first().map(|document| &document.value);
    if value == Some(&expected) { Ok(()) } else { Err(format!("{value:?}\nshould be {expected:?}\n{text}")) }
}

fn config() -> ProptestConfig {
    // No seeds are kept: adding a fixture changes the object of a seed. Failures print the whole object, which becomes
    // a fixture.
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_policy_panics_or_breaks_the_guarantees_of_fix((case, object) in any_review()) {
        let case = &CASES[case];
        let inventory = case.objects();
        let review = case.review(&object, &inventory);
        let own = configured(case);
        for policy in DEFAULTS.iter().chain([&own]) {
            for trust in TRUSTS {
                if let Err(failure) = fixing_holds(std::slice::from_ref(policy), &review, trust) {
                    prop_assert!(false, "{}\n{failure}\nof {object}", policy.metadata.id);
                }
            }
        }
    }

    #[test]
    fn fixed_text_equals_the_fixed_object((case, object) in any_review()) {
        let case = &CASES[case];
        let inventory = case.objects();
        let policies = [configured(case)];
        let fixed = fix(&policies, &case.review(&object, &inventory), &|_| Some(Applicability::Unsafe));
        if let Err(failure) = text_follows(&object, &fixed.fixes) {
            prop_assert!(false, "{failure}\nof {object}");
        }
    }
}

/// Fixing with all policies terminates: no two undo each other's fixes.
#[test]
fn fixes_of_all_policies_converge() {
    let mut failures = Vec::new();
    for case in CASES.iter() {
        let inventory = case.objects();
        for checked in &case.checked {
            for trust in TRUSTS {
                let review = case.review(&checked.object, &inventory);
                if let Err(failure) = fixing_holds(&DEFAULTS, &review, trust) {
                    failures.push(format!("{}: {failure}", title(case)));
                }
            }
        }
    }
    report(&failures);
}
