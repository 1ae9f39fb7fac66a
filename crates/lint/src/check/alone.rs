//! Violations between a given object and one that only the cluster has.

use plimsoll::engine::evaluate::Report;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::fix::Applicability;

use super::related::ByName;

/// Adds what is reported of objects when they are checked alone, where nobody else is to change: among files a violation between two
/// objects is reported at the one that a person should change, but if that one is in the cluster it isn't checked. Fixes of
/// such findings are only shown.
pub(super) fn add(together: &mut [Report], alone: Vec<Report>, by_name: &ByName<'_>) {
    for (position, report) in alone.into_iter().enumerate() {
        let is_new = |finding: &Finding, together: &[Report]| {
            let with_cluster = finding.related.iter().any(|related| by_name.position(position, related).is_none());
            with_cluster && !is_reported(finding, position, together, by_name)
        };
        let mut findings: Vec<Finding> =
            report.findings.into_iter().filter(|finding| is_new(finding, together)).collect();
        for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
            fix.applicability = Applicability::DisplayOnly;
        }
        let suppressed: Vec<_> =
            report.suppressed.into_iter().filter(|suppressed| is_new(&suppressed.finding, together)).collect();
        let Some(own) = together.get_mut(position) else { continue };
        own.findings.extend(findings);
        own.suppressed.extend(suppressed);
        own.errors.extend(report.errors);
    }
}

/// Whether the same was reported of the object, or of another given object that takes part.
fn is_reported(finding: &Finding, position: usize, together: &[Report], by_name: &ByName<'_>) -> bool {
    let of = |position: usize| together.get(position).into_iter().flat_map(all);
    let same = |known: &Finding| known.path == finding.path && known.message == finding.message;
    let names_it =
        |known: &Finding| known.related.iter().any(|related| by_name.position(position, related) == Some(position));
    let policy = finding.metadata.id;
    of(position).any(|known| known.metadata.id == policy && same(known))
        || finding
            .related
            .iter()
            .filter_map(|related| by_name.position(position, related))
            .any(|other| of(other).any(|known| known.metadata.id == policy && names_it(known)))
}

fn all(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(report.suppressed.iter().map(|suppressed| &suppressed.finding))
}
