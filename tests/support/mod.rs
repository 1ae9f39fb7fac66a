//! Helpers that several fixture tests share.

#![allow(dead_code, reason = "not every test needs all of it")]

use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll_fixtures::{Case, Checked, File};

/// The fixture files of every policy, or of the one that the environment variable `POLICY` names.
///
/// # Panics
/// When a file can't be read.
pub(crate) fn files() -> Vec<File> {
    let read = plimsoll_fixtures::chosen().and_then(|chosen| match chosen {
        Some(policy) => plimsoll_fixtures::files_of(policy),
        None => plimsoll_fixtures::files(),
    });
    read.unwrap_or_else(|error| panic!("{error}"))
}

/// A case's name in failures.
pub(crate) fn title(case: &Case) -> String {
    format!("policies/{}/fixtures/{}.yaml:{}: {}", case.policy, case.file, case.line, case.name)
}

/// Whether the object is of a kind that the policy targets.
pub(crate) fn is_target(case: &Case, checked: &Checked) -> bool {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == case.policy);
    let kind = Kind::of(&checked.object);
    entry.is_some_and(|entry| kind.is_some_and(|kind| entry.metadata.targets.contains(&kind)))
}

/// The case's policy with its settings.
///
/// # Panics
/// When they are invalid.
pub(crate) fn configured(case: &Case) -> Configured {
    case.configured().unwrap_or_else(|error| panic!("{error}"))
}

/// Fails with all failures at once.
///
/// # Panics
/// When there are failures.
pub(crate) fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} wrong:\n\n{}\n", failures.len(), failures.join("\n\n"));
}
