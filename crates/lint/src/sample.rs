//! A file that tests check.

use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Severity;
use plimsoll::settings::Date;

use crate::check::{CheckOptions, LintReport, check};
use crate::manifests::{Values, read};
use crate::places::Places;
use crate::policy_sets::PolicySets;
use crate::source::Source;

/// What policies report on a readable text, beside which nothing exists.
pub(crate) fn checked(text: &str, policies: &[Configured]) -> LintReport {
    let source =
        Source { name: "a.yaml".to_owned(), path: None, text: text.into(), named: true, pass_over: false, cut: false };
    let manifests = read(vec![source], Values::Taken);
    assert!(manifests.problems.is_empty(), "{:?}", manifests.problems);
    let options = CheckOptions {
        policies: PolicySets::one(policies),
        min_severity: Severity::Info,
        complete: true,
        around: None,
        namespace: None,
        today: Date::from_days_since_1970(20_000),
        most: usize::MAX,
        fields: None,
    };
    check(&manifests, &Places::new(&manifests), &options)
}
