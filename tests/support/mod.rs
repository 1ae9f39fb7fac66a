//! What several tests of the fixtures share.

use plimsoll_fixtures::{Case, File};

/// The fixture files of every policy, or of the one that the environment variable `POLICY` names.
///
/// # Panics
/// When a file cannot be read: no test has anything to say then.
pub fn files() -> Vec<File> {
    let read = match std::env::var("POLICY") {
        Ok(policy) => plimsoll_fixtures::files_of(&policy),
        Err(_) => plimsoll_fixtures::files(),
    };
    read.unwrap_or_else(|error| panic!("{error}"))
}

/// How a failure names a case.
pub fn title(case: &Case) -> String {
    format!("policies/{}/fixtures/{}.yaml:{}: {}", case.policy, case.file, case.line, case.name)
}

/// Fails with everything that is wrong at once.
///
/// # Panics
/// When something is wrong.
pub fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} wrong:\n\n{}\n", failures.len(), failures.join("\n\n"));
}
