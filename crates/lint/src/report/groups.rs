//! Findings by the object that they are about.

use std::cmp::Reverse;

use plimsoll::policy::metadata::Severity;

use crate::check::{LintReport, Located};

/// The findings on one object, in the order of the text.
pub struct Group<'r> {
    /// The object, in `Manifests::objects`.
    pub object: usize,
    /// The findings.
    pub findings: Vec<&'r Located>,
}

/// All objects with findings, those with the worst first: by the number of their critical findings, then of high ones and so
/// on, then as given.
pub fn worst_first(report: &LintReport) -> Vec<Group<'_>> {
    let mut findings: Vec<&Located> = report.findings.iter().collect();
    // Stable: those of an object keep the order of the text.
    findings.sort_by_key(|located| located.object);
    let same = |one: &&Located, other: &&Located| one.object == other.object;
    let mut groups: Vec<Group<'_>> = findings
        .chunk_by(same)
        .map(|all| Group { object: all.first().map_or(0, |located| located.object), findings: all.to_vec() })
        .collect();
    groups.sort_by_cached_key(|group| Reverse(counts(group.findings.iter().copied())));
    groups
}

/// How many there are of each severity, the worst first.
pub fn counts<'l>(findings: impl Iterator<Item = &'l Located>) -> [usize; Severity::ALL.len()] {
    let mut counts = [0; Severity::ALL.len()];
    for located in findings {
        let at = Severity::ALL.iter().rev().position(|severity| *severity == located.finding.severity);
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    counts
}

/// How many findings there are of each severity, the worst first, those that are not kept among them.
pub fn all(report: &LintReport) -> [usize; Severity::ALL.len()] {
    let mut counts = counts(report.findings.iter());
    for (count, severity) in counts.iter_mut().zip(Severity::ALL.iter().rev()) {
        *count += report.left_out.severities.get(severity).copied().unwrap_or_default();
    }
    counts
}

/// `1 critical, 2 low`
pub fn spelt(counts: &[usize]) -> String {
    let names = Severity::ALL.iter().rev().map(|severity| severity.name());
    let of_each = counts.iter().zip(names).filter(|(count, _)| **count > 0);
    of_each.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
