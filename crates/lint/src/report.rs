//! The report for programs, as the command prints it and the page saves it.

pub mod groups;
pub mod model;
pub mod score;

use std::io::{self, Write};

use plimsoll::engine::evaluate::Suppression;
use plimsoll::json::edit;
use plimsoll::policy::fix;
use plimsoll::policy::metadata::Profile;

use crate::check::{LintReport, Located};
use crate::manifests::Manifests;
use crate::places::Place;
use crate::problem::Problem;
use crate::report::model::{
    Applicability, CheckOutput, Counts, Edit, Error, Finding, Fix, Fixable, InFile, Object, Position, Related,
    Repeated, Score, Skipped, Span, Summary, Suppressed, SuppressedBy, UnusedExemption, VERSION,
};
use crate::unknown_field::ONLY_FILES;
use crate::visible;

/// Where the project is on the web.
pub const PROJECT: &str = "https://github.com/plimsoll-dev/plimsoll";

/// Where a policy is documented.
pub fn documentation(policy: &str) -> String {
    let place = match ONLY_FILES.iter().any(|entry| entry.metadata.id == policy) {
        true => ["/blob/main/docs/", policy, ".md"],
        false => ["/tree/main/policies/", policy, ""],
    };
    [PROJECT, &place.concat()].concat()
}

/// What there is to report. It is without credentials.
#[derive(Clone, Copy)]
pub struct Reported<'r> {
    /// What was checked.
    pub manifests: &'r Manifests,
    /// What came of it.
    pub report: &'r LintReport,
    /// All that could not be read or checked.
    pub problems: &'r [Problem],
    /// The set of policies.
    pub profile: Profile,
}

/// Writes the report as one JSON document.
///
/// # Errors
/// Why it can't be written.
pub fn write(reported: Reported<'_>, out: &mut impl Write) -> io::Result<()> {
    visible::json(out, &output(reported))
}

fn output<'r>(run: Reported<'r>) -> CheckOutput<'r> {
    let report = run.report;
    CheckOutput {
        version: VERSION,
        plimsoll: env!("CARGO_PKG_VERSION"),
        profile: run.profile.name(),
        findings: report.findings.iter().filter_map(|located| finding(run, located)).collect(),
        suppressed: report
            .suppressed
            .iter()
            .filter_map(|suppressed| {
                let by = match suppressed.suppression {
                    Suppression::Annotation(_) => SuppressedBy::Annotation,
                    Suppression::Exemption(_) => SuppressedBy::Exemption,
                };
                Some(Suppressed { finding: finding(run, &suppressed.located)?, by, reason: &suppressed.reason })
            })
            .collect(),
        unused_exemptions: report
            .unused
            .iter()
            .map(|unused| UnusedExemption {
                policy: &unused.policy,
                message: &unused.message,
                file: unused.place.as_ref().and_then(|place| file(run, place)),
                span: unused.place.as_ref().map(span),
            })
            .collect(),
        skipped: report
            .skipped
            .iter()
            .map(|missing| Skipped {
                needs: missing.needs,
                policies: missing.policies.iter().copied().collect(),
                objects: missing.objects,
                reason: missing.reason.as_deref(),
            })
            .collect(),
        repeated: report
            .repeated
            .iter()
            .map(|repeated| Repeated {
                object: &repeated.title,
                places: repeated
                    .places
                    .iter()
                    .filter_map(|place| Some(InFile { file: file(run, place)?, span: span(place) }))
                    .collect(),
                apart: repeated.apart,
            })
            .collect(),
        unchecked: &report.unchecked,
        errors: run
            .problems
            .iter()
            .map(|problem| Error {
                file: problem.file.as_deref(),
                position: problem.position.map(position),
                message: &problem.message,
            })
            .collect(),
        summary: summary(run),
    }
}

fn finding<'r>(run: Reported<'r>, located: &'r Located) -> Option<Finding<'r>> {
    let found = &located.finding;
    let object = run.manifests.objects.get(located.object)?;
    let manifest = run.manifests.files.get(object.file)?;
    Some(Finding {
        policy: found.metadata.id,
        severity: found.severity,
        category: found.metadata.category.name(),
        documentation: documentation(found.metadata.id),
        fingerprint: &located.fingerprint,
        message: &found.message,
        why: found.why(),
        help: found.help(),
        file: file(run, &located.place)?,
        document: manifest.documents.get(object.document)?.index,
        object: Object {
            api_version: object.text("/apiVersion"),
            kind: object.text("/kind"),
            namespace: object.text("/metadata/namespace"),
            name: object.name(),
        },
        path: found.path.as_str(),
        container: found.container.as_deref(),
        span: span(&located.place),
        related: found
            .related
            .iter()
            .zip(&located.related)
            .map(|(related, place)| Related {
                kind: &related.kind,
                namespace: &related.namespace,
                name: &related.name,
                message: &related.message,
                path: related.path.as_str(),
                file: place.as_ref().and_then(|place| file(run, place)),
                span: place.as_ref().map(span),
            })
            .collect(),
        fix: found.fix.as_ref().map(|fix| Fix {
            title: &fix.title,
            applicability: match fix.applicability {
                fix::Applicability::Safe => Applicability::Safe,
                fix::Applicability::Unsafe => Applicability::Unsafe,
                fix::Applicability::DisplayOnly => Applicability::Display,
            },
            edits: fix.edits.iter().map(edit).collect(),
        }),
        new_object: found.new_object.as_ref(),
    })
}

fn edit(edit: &edit::Edit) -> Edit<'_> {
    match edit {
        edit::Edit::Set { at, value } => Edit::Set { path: at.as_str(), value },
        edit::Edit::Remove { at } => Edit::Remove { path: at.as_str() },
        edit::Edit::Append { at, value } => Edit::Append { path: at.as_str(), value },
    }
}

fn file<'r>(run: Reported<'r>, place: &Place) -> Option<&'r str> {
    run.manifests.files.get(place.file).map(|file| file.source.name.as_str())
}

fn span(place: &Place) -> Span {
    Span { start: position(place.span.start), end: position(place.span.end) }
}

fn position(position: plimsoll_manifest::Position) -> Position {
    Position { line: position.line, column: position.column, offset: position.offset }
}

fn summary(run: Reported<'_>) -> Summary {
    let groups = groups::worst_first(run.report);
    let [critical, high, medium, low, info] = groups::all(run.report);
    let left_out = &run.report.left_out;
    let mut fixable = Fixable { safe: left_out.safe, risky: left_out.risky };
    for located in &run.report.findings {
        match located.finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(fix::Applicability::Safe) => fixable.safe += 1,
            Some(fix::Applicability::Unsafe) => fixable.risky += 1,
            Some(fix::Applicability::DisplayOnly) | None => {}
        }
    }
    Summary {
        files: run.manifests.checked_files(),
        objects: run.manifests.objects.len(),
        passed_over: run.manifests.foreign,
        patches: run.manifests.patches,
        findings: Counts { info, low, medium, high, critical },
        suppressed: run.report.suppressed.len() + left_out.suppressed,
        unreported: left_out.count() + left_out.suppressed,
        fixable,
        score: score::of_all(run.manifests, &groups).map(|all| {
            let of_categories = score::by_category(run.manifests, &groups).into_iter();
            Score { all, categories: of_categories.map(|(category, score)| (category.name(), score)).collect() }
        }),
    }
}
