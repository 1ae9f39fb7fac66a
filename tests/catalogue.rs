//! Every policy's claims about itself are true, and its fixtures show them.
//!
//! The claims about documentation and settings need the feature `catalogue`, which brings both.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::engine::evaluate::evaluate;
use plimsoll::engine::fix::fix;
use plimsoll::inventory::{Inventory, InventoryError, Objects, Query};
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::{FixAvailability, Metadata};
use plimsoll_fixtures::{Case, Checked};
use serde_json::Value;
use support::{configured, is_target, report};

/// Fails for every policy for which `claim` returns failures.
fn for_each(claim: impl Fn(&PolicyEntry) -> Vec<String>) {
    let chosen = plimsoll_fixtures::chosen().unwrap_or_else(|error| panic!("{error}"));
    let is_chosen = |entry: &&PolicyEntry| chosen.is_none_or(|id| id == entry.metadata.id);
    let failures: Vec<String> = POLICIES
        .iter()
        .filter(is_chosen)
        .flat_map(|entry| claim(entry).into_iter().map(|failure| format!("{}: {failure}", entry.metadata.id)))
        .collect();
    report(&failures);
}

/// The failure, unless the claim holds.
fn unless(holds: bool, failure: impl Into<String>) -> Option<String> {
    (!holds).then(|| failure.into())
}

fn cases(metadata: &Metadata) -> Vec<Case> {
    plimsoll_fixtures::of(metadata.id).unwrap_or_else(|error| panic!("{error}"))
}

/// The rule's source.
fn source(entry: &PolicyEntry) -> String {
    let file = entry.metadata.id.replace('-', "_");
    let path = format!("{}/src/policies/{}/{file}.rs", env!("CARGO_MANIFEST_DIR"), entry.metadata.category.name());
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Severity, profile and ephemeral containers need a decision for each policy, so none has a default.
#[test]
fn every_rule_states_severity_profile_and_ephemeral() {
    for_each(|entry| {
        let source = source(entry);
        let says = |field: &str| source.contains(&format!("\n        {field}: "));
        let fields = ["severity", "profile", "ephemeral"].into_iter();
        fields.filter_map(|field| unless(says(field), format!("METADATA doesn't set `{field}`"))).collect()
    });
}

#[test]
fn ids_are_sorted_and_name_their_files() {
    let ids: Vec<&str> = POLICIES.iter().map(|entry| entry.metadata.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    for_each(|entry| {
        let file = format!(
            "{}/src/policies/{}/{}.rs",
            env!("CARGO_MANIFEST_DIR"),
            entry.metadata.category.name(),
            entry.metadata.id.replace('-', "_")
        );
        let kebab =
            entry.metadata.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        [
            unless(kebab, "the id is not kebab-case"),
            unless(std::path::Path::new(&file).exists(), format!("{file} is missing")),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
}

#[test]
fn metadata_is_complete() {
    for_each(|entry| {
        let metadata = entry.metadata;
        let mut failures = Vec::new();
        for (field, text) in [("title", metadata.title), ("why", metadata.why), ("help", metadata.help)] {
            let plain = !text.trim().is_empty() && text.trim() == text && !text.ends_with('.') && !text.contains('\n');
            failures.extend(unless(plain, format!("{field} is empty, has spaces around it or ends in a full stop")));
        }
        failures.extend(unless(!metadata.sources.is_empty(), "no sources"));
        failures.extend(unless(!metadata.since.is_empty(), "no since"));
        let stand_in = source(entry).contains("sources::STAND_IN");
        failures.extend(unless(!stand_in, "sources::STAND_IN is a placeholder: name a source for the practice"));
        #[cfg(feature = "catalogue")]
        for source in metadata.sources {
            let usable = source.url.starts_with("https://") && !source.title.is_empty();
            failures.extend(unless(usable, format!("the source {} has no title or no https URL", source.url)));
        }
        failures.extend(unless(!metadata.targets.is_empty(), "no targets"));
        let asked = entry.admission_targets;
        failures.extend(unless(!asked.is_empty(), "it has no admission target"));
        let checked = asked.iter().all(|kind| metadata.targets.contains(kind));
        failures.extend(unless(checked, "an admission target is not among its targets"));
        for kinds in [metadata.targets, metadata.needs, asked] {
            let plurals: BTreeSet<_> = kinds.iter().map(|kind| (kind.group, kind.plural)).collect();
            failures.extend(unless(plurals.len() == kinds.len(), "a kind is listed twice"));
        }
        failures
    });
}

#[test]
fn two_objects_pass_and_two_fail() {
    for_each(|entry| {
        let (mut passing, mut failing) = (0, 0);
        for case in cases(entry.metadata) {
            let policies = [configured(&case)];
            let inventory = case.objects();
            for checked in case.checked.iter().filter(|checked| is_target(&case, checked)) {
                let report = evaluate(&policies, &case.review(&checked.object, &inventory));
                match (report.findings.is_empty(), report.errors.is_empty()) {
                    (false, _) => failing += 1,
                    (true, true) => passing += 1,
                    (true, false) => {}
                }
            }
        }
        let enough = passing >= 2 && failing >= 2;
        unless(enough, format!("{passing} fixture objects pass and {failing} fail: two of each are needed"))
            .into_iter()
            .collect()
    });
}

#[test]
fn fixes_match_the_metadata() {
    for_each(|entry| {
        let (mut safe, mut risky, mut new_object) = (false, false, false);
        let mut failures = Vec::new();
        for case in cases(entry.metadata) {
            let policies = [configured(&case)];
            let inventory = case.objects();
            for Checked { object, .. } in &case.checked {
                let review = case.review(object, &inventory);
                for finding in evaluate(&policies, &review).findings {
                    new_object |= finding.new_object.is_some();
                    let Some(fix) = finding.fix else { continue };
                    safe |= fix.applicability == Applicability::Safe;
                    risky |= fix.applicability < Applicability::Safe;
                    let ordered = !fix.title.is_empty() && !fix.title.ends_with('.') && !fix.edits.is_empty();
                    failures.extend(unless(ordered, "a fix without a title or without edits"));
                }
                let fixed = fix(&policies, &review, &|_| Some(Applicability::Unsafe));
                let changed = fixed.object != **object;
                failures.extend(unless(changed || fixed.fixes.is_empty(), "a fix that changes nothing"));
            }
        }
        let claimed = entry.metadata.fix;
        let wants_safe = matches!(claimed, FixAvailability::Safe | FixAvailability::SafeOrUnsafe);
        let wants_risky = matches!(claimed, FixAvailability::Unsafe | FixAvailability::SafeOrUnsafe);
        let wants_new = claimed == FixAvailability::NewObject;
        failures.extend(unless(safe == wants_safe, format!("claims {claimed:?}; a safe fix in the fixtures: {safe}")));
        failures.extend(unless(
            risky == wants_risky,
            format!("claims {claimed:?}; an unsafe fix in the fixtures: {risky}"),
        ));
        let fixed =
            |name: &str| plimsoll_fixtures::dir_of(entry.metadata.id).join(format!("{name}.fixed.yaml")).exists();
        let changed = cases(entry.metadata).iter().any(|case| fixed(&case.file));
        let wants_changes = wants_safe || wants_risky;
        failures.extend(unless(changed == wants_changes, format!("claims {claimed:?}; a fixed file: {changed}")));
        failures.extend(unless(
            new_object == wants_new,
            format!("claims {claimed:?}; a new object in the fixtures: {new_object}"),
        ));
        failures
    });
}

#[test]
fn policies_with_look_ups_have_cases_for_them() {
    for_each(|entry| {
        if entry.metadata.needs.is_empty() {
            return Vec::new();
        }
        let cases = cases(entry.metadata);
        [
            unless(cases.iter().any(|case| case.inventory), "no case with `inventory: true`"),
            unless(cases.iter().any(|case| !case.complete), "no case with `given: true`"),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
}

/// An inventory that records the kinds that are looked up.
struct Asked {
    objects: Objects,
    kinds: RefCell<BTreeSet<&'static str>>,
}

impl Inventory for Asked {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.kinds.borrow_mut().insert(query.kind.plural);
        self.objects.list(query)
    }
}

#[test]
fn declared_needs_are_the_kinds_looked_up() {
    for_each(|entry| {
        let mut asked = BTreeSet::new();
        for case in cases(entry.metadata) {
            let Ok(policy) = case.configured() else { continue };
            let inventory = Asked { objects: Objects::cluster(case.cluster.clone()), kinds: RefCell::default() };
            for checked in &case.checked {
                evaluate(std::slice::from_ref(&policy), &case.review(&checked.object, &inventory));
            }
            asked.extend(inventory.kinds.into_inner());
        }
        let needs: BTreeSet<&str> = entry.admission_needs.iter().map(|kind| kind.plural).collect();
        let idle = needs.difference(&asked).map(|kind| format!("no fixture looks up {kind}"));
        let more = asked.difference(&needs).map(|kind| format!("looks up {kind}, which METADATA doesn't declare"));
        idle.chain(more).collect()
    });
}

#[test]
fn pitfall_numbers_exist() {
    for_each(|entry| {
        let numbers = cases(entry.metadata).into_iter().flat_map(|case| case.pitfalls);
        numbers.filter_map(|number| unless((1..=17).contains(&number), format!("unknown pitfall {number}"))).collect()
    });
}

#[cfg(feature = "catalogue")]
mod described {
    use std::collections::BTreeMap;

    use plimsoll::policies::PolicyEntry;
    use plimsoll::policy::common::CommonSettings;
    use plimsoll_manifest::{Limits, read};
    use serde_json::Value;

    use super::{cases, for_each, unless};

    fn settings(entry: &PolicyEntry) -> BTreeMap<String, Value> {
        let schema = (entry.schema)().to_value();
        let properties = schema.get("properties").and_then(Value::as_object).cloned();
        properties.unwrap_or_default().into_iter().collect()
    }

    #[test]
    fn documentation_has_its_sections_in_order() {
        for_each(|entry| {
            let text = entry.documentation();
            let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            let mut known = vec!["What it does", "Why", "What to write"];
            if found.len() > known.len() {
                known.push("Limits");
            }
            let mut failures: Vec<String> =
                unless(found == known, format!("the documentation has the sections {found:?}")).into_iter().collect();
            for section in text.split("## ").skip(1) {
                let (title, body) = section.split_once('\n').unwrap_or((section, ""));
                failures.extend(unless(!body.trim().is_empty(), format!("the section \"{title}\" is empty")));
            }
            failures
        });
    }

    #[test]
    fn documentation_has_valid_yaml() {
        for_each(|entry| {
            let text = entry.documentation();
            let mut failures = Vec::new();
            let blocks: Vec<&str> =
                text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
            failures.extend(unless(!blocks.is_empty(), "the documentation shows no yaml"));
            for block in blocks {
                let file = read(block.as_bytes(), &Limits::default());
                failures.extend(file.errors.iter().map(|error| format!("the documentation's yaml: {error}")));
                failures.extend(unless(!file.documents.is_empty(), "the documentation's yaml is empty"));
            }
            failures
        });
    }

    #[test]
    fn every_setting_is_documented_and_used_in_a_case() {
        for_each(|entry| {
            let cases = cases(entry.metadata);
            let mut failures = Vec::new();
            for (name, schema) in settings(entry) {
                let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
                failures
                    .extend(unless(!description.trim().is_empty(), format!("the setting {name} has no description")));
                let shown = cases.iter().any(|case| case.settings.get(&name).is_some());
                failures.extend(unless(shown, format!("no case has the setting {name}")));
                let own = !CommonSettings::KEYS.contains(&name.as_str());
                failures.extend(unless(own, format!("the setting {name} has the name of a common one")));
            }
            failures
        });
    }

    #[test]
    fn every_setting_changes_something() {
        for_each(|entry| {
            let mut failures = Vec::new();
            for name in settings(entry).keys() {
                let mut with_it = cases(entry.metadata).into_iter().filter(|case| case.settings.get(name).is_some());
                let changes = with_it.any(|case| {
                    let mut without = case.clone();
                    if let Some(settings) = without.settings.as_object_mut() {
                        settings.remove(name);
                    }
                    super::outcome(&case) != super::outcome(&without)
                });
                failures.extend(unless(changes, format!("in no case does the setting {name} change anything")));
            }
            failures
        });
    }

    #[test]
    fn schema_defaults_are_valid_settings() {
        for_each(|entry| {
            let defaults: serde_json::Map<String, Value> = settings(entry)
                .into_iter()
                .filter_map(|(name, schema)| Some((name, schema.get("default")?.clone())))
                .collect();
            let read = (entry.configure)(&Value::Object(defaults));
            read.err().map(|error| format!("the schema's defaults: {error}")).into_iter().collect()
        });
    }
}

/// Everything that a policy reports in a case.
#[cfg(feature = "catalogue")]
fn outcome(case: &Case) -> String {
    let policies = [configured(case)];
    let inventory = case.objects();
    let reports = case.checked.iter().map(|checked| evaluate(&policies, &case.review(&checked.object, &inventory)));
    reports.map(|report| format!("{report:?}")).collect()
}
