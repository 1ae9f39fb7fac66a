//! How well objects do, in points of a hundred.

use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::{Category, Severity};

use super::groups::Group;
use crate::check::{Located, is_target};
use crate::manifests::Manifests;

/// What a finding takes away.
fn deduction(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 40,
        Severity::High => 15,
        Severity::Medium => 5,
        Severity::Low => 2,
        Severity::Info => 0,
    }
}

/// An object's score: 100, less what its findings take away, but no less than 0.
pub fn of<'l>(findings: impl Iterator<Item = &'l Located>) -> u32 {
    100_u32.saturating_sub(findings.map(|located| deduction(located.finding.severity)).sum())
}

/// The score of all objects: their mean. `None` when nothing was checked.
pub fn of_all(manifests: &Manifests, groups: &[Group<'_>]) -> Option<u32> {
    mean(manifests, groups, |_| true)
}

/// The scores of the categories, counting their findings alone.
pub fn by_category(manifests: &Manifests, groups: &[Group<'_>]) -> Vec<(Category, u32)> {
    let has_policies = |category: &Category| POLICIES.iter().any(|entry| entry.metadata.category == *category);
    let score =
        |category| Some((category, mean(manifests, groups, |located| located.finding.metadata.category == category)?));
    Category::ALL.into_iter().filter(has_policies).filter_map(score).collect()
}

fn mean(manifests: &Manifests, groups: &[Group<'_>], counts: impl Fn(&Located) -> bool) -> Option<u32> {
    let objects = &manifests.objects;
    // Of other kinds only the fields are checked: without a finding they say nothing.
    let others = groups.iter().filter(|group| objects.get(group.object).is_some_and(|object| !is_target(object)));
    let checked = objects.iter().filter(|object| is_target(object)).count() + others.count();
    let lost: u64 = groups
        .iter()
        .map(|group| u64::from(100 - of(group.findings.iter().copied().filter(|located| counts(located)))))
        .sum();
    let checked = u64::try_from(checked).ok().filter(|checked| *checked > 0)?;
    // Rounded down: a hundred means that nothing was found.
    u32::try_from((100 * checked).saturating_sub(lost) / checked).ok()
}
