//! `plimsoll check`.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::PathBuf;

use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::{self, CheckOptions, LintReport};
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::manifests::{self, Manifests, Values};
use plimsoll_lint::masks::{Confidential, Masks};
use plimsoll_lint::origins::Origins;
use plimsoll_lint::places::Places;
use plimsoll_lint::problem::Problem;

use crate::args::{self, Args, Check};
use crate::baseline;
use crate::cluster;
use crate::input::{self, Filter};
use crate::outcome::Outcome;
use crate::output;
use crate::progress::Progress;
use crate::project::Project;
use crate::render;
use crate::report::{Repository, Run};
use crate::schemas;
use crate::selection::{self, Selected};
use crate::since;
use crate::summary;
use crate::today::today;

pub(crate) fn run(args: &Check, all: &Args) -> anyhow::Result<Outcome> {
    args.reports.check()?;
    match check(args, all) {
        Ok(outcome) => outcome,
        Err(problems) => {
            output::problems(&problems);
            Ok(Outcome::Failed)
        }
    }
}

/// The outer error says why nothing can be checked.
fn check(args: &Check, all: &Args) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    let progress = Progress::start("Reading");
    let selected = selection::select_for(&args.selection, args.bar.least())?;
    let filter = selected.project.filter(&args.input.files)?;
    let baseline = baseline::of(args, &selected.project)?;
    let Given { manifests, origins } = given(&args.input, &selected.project, filter);
    let objects = output::count(manifests.objects.len(), "object", "objects");
    if args.input.cluster.cluster {
        progress.next(format!("Asking the cluster about {objects}"));
    }
    let changed = match &args.since {
        Some(revision) => Some(since::changed(revision, &manifests).map_err(|reason| vec![Problem::general(reason)])?),
        None => None,
    };
    let places = Places::new(&manifests);
    progress.next(format!("Checking {objects}"));
    let judged = judge(
        &args.input,
        &args.selection,
        args.bar.least().unwrap_or(Severity::Info),
        &selected,
        &manifests,
        &places,
        // What is left out can't be known of old.
        if baseline.is_some() || changed.is_some() { usize::MAX } else { check::MOST },
    )?;
    let Judged { mut report, confidential, around } = judged;
    let masks = Masks::new(&manifests, &confidential);
    let problems = problems(&manifests, &masks, &mut report, around.as_ref());
    origins.settle(&manifests, &places, &masks, &mut report);
    if let Some(changed) = &changed {
        since::keep(&mut report, &manifests, changed);
    }
    let stale =
        baseline.map(|baseline| baseline.take_out_of(&mut report, &manifests, &selected.configuration.policies));
    let fail_on = args.bar.fail_on(&selected.project);
    let outcome = match args.bar.outcome(&problems, &report, fail_on) {
        Outcome::Clean if args.fail_on_unused_exemption && !report.unused.is_empty() => Outcome::Findings,
        outcome => outcome,
    };
    let hidden = cap(&mut report, args.max_findings);

    drop(progress);
    let around = around.as_ref();
    let run = Run {
        manifests: &manifests,
        places: &places,
        masks: &masks,
        report: &report,
        problems: &problems,
        around,
        profile: selected.configuration.profile,
        configured: selected.project.found.is_some() || args.selection.configuration.config.is_some(),
        fail_on,
        repository: &Repository::find(),
    };
    // Errors come first: what follows may be many pages long, and the summary after it names them again.
    output::problems(&problems);
    let written = write(&run, args, all);
    for line in notes(args, &report, hidden, stale.unwrap_or_default(), &selected) {
        output::note_untrusted(&line);
    }
    Ok(written.map(|()| outcome))
}

fn write(run: &Run<'_>, args: &Check, all: &Args) -> anyhow::Result<()> {
    args.reports.write(run, all.color)?;
    if args.reports.is_for_people() {
        summary::write(run, args);
    } else if let Some(unsaid) = summary::left_out(run.report) {
        output::note(&unsaid);
    }
    Ok(())
}

/// What was found, with what no output may show.
pub(crate) struct Judged {
    pub(crate) report: LintReport,
    pub(crate) confidential: Confidential,
    pub(crate) around: Option<ClusterSnapshot>,
}

/// Checks the manifests. The error says why they can't be checked.
pub(crate) fn judge(
    input: &args::Input,
    selection: &args::Selection,
    min_severity: Severity,
    selected: &Selected,
    manifests: &Manifests,
    places: &Places<'_>,
    most: usize,
) -> Result<Judged, Vec<Problem>> {
    let policies = &selected.configuration.policies;
    let paths = manifests.files.iter().map(|file| file.source.path.as_deref());
    let table = schemas::table(selection, &selected.project)?;
    let by_file = selected.by_file(selection, paths).map_err(|problem| vec![problem])?;
    let around = cluster::cluster_snapshot(input, manifests, policies).map_err(|problem| vec![problem])?;
    let options = CheckOptions {
        policies: by_file.sets(policies),
        min_severity,
        complete: input.complete,
        around: around.as_ref(),
        namespace: input.namespace.as_deref(),
        today: today(),
        most,
        fields: Some(&table),
    };
    let mut report = check::check(manifests, places, &options);
    let confidential = std::mem::take(&mut report.confidential);
    Ok(Judged { report, confidential, around })
}

/// Takes what no output may show out of the report, and returns everything that could not be read or understood.
pub(crate) fn problems(
    manifests: &Manifests,
    masks: &Masks<'_>,
    report: &mut LintReport,
    around: Option<&ClusterSnapshot>,
) -> Vec<Problem> {
    masks.take_out_of(report);
    let mut problems = manifests.problems.clone();
    problems.append(&mut report.problems);
    problems.extend(around.iter().flat_map(|around| around.problems.iter().cloned()));
    problems
}

/// What was given, and what it was made from.
pub(crate) struct Given {
    pub(crate) manifests: Manifests,
    pub(crate) origins: Origins,
}

/// Reads what the user gave, charts and overlays rendered.
pub(crate) fn given(input: &args::Input, project: &Project, mut filter: Filter) -> Given {
    filter.rendering = project.rendering(&input.render, input.namespace.as_deref());
    read(&input.paths, input.allow_empty || input.files.ignore_unknown, filter)
}

/// Reads what the user gave; nothing at all is a mistake, unless it is allowed.
pub(crate) fn read(paths: &[PathBuf], allow_empty: bool, filter: Filter) -> Given {
    let mut input = input::read(paths, filter);
    input.notes.iter().for_each(|note| output::note_untrusted(note));
    let first = input.sources.len();
    let rendered = input.rendered.iter_mut().map(|output| {
        let text = std::mem::take(&mut output.source.text);
        output.source.with_text(text)
    });
    input.sources.extend(rendered);
    let mut manifests = manifests::read(input.sources, Values::Taken);
    let origins = render::originals(&input.rendered, first, &mut manifests);
    manifests.foreign += input.templates;
    manifests.unrendered = input.unrendered;
    input.problems.append(&mut manifests.problems);
    if manifests.objects.is_empty() && input.problems.is_empty() && !allow_empty {
        input.problems.push(manifests::nothing_there(manifests.foreign, manifests.patches));
    }
    manifests.problems = input.problems;
    Given { manifests, origins }
}

/// Leaves the worst findings, in the order of the text, and says how many there were more.
fn cap(report: &mut LintReport, most: Option<usize>) -> usize {
    let Some(most) = most.filter(|most| *most < report.findings.len()) else { return 0 };
    let mut severities: Vec<(Severity, Reverse<usize>)> = report
        .findings
        .iter()
        .enumerate()
        .map(|(position, located)| (located.finding.severity, Reverse(position)))
        .collect();
    severities.sort_unstable_by(|one, other| other.cmp(one));
    let kept: HashSet<usize> = severities.into_iter().take(most).map(|(_, Reverse(position))| position).collect();
    let before = report.findings.len();
    let mut position = 0;
    report.findings.retain(|_| {
        position += 1;
        kept.contains(&(position - 1))
    });
    before - report.findings.len()
}

/// What else there is to say of the findings that are not shown.
fn notes(args: &Check, report: &LintReport, hidden: usize, stale: usize, selected: &Selected) -> Vec<String> {
    let are = |number, one, many| output::count(number, one, many);
    let mut notes = Vec::new();
    if hidden > 0 {
        let findings = are(hidden, "more finding is", "more findings are");
        notes.push(format!("{findings} not shown, none of them worse than these (--max-findings)."));
    }
    if report.unchanged > 0 {
        let findings = are(report.unchanged, "finding is", "findings are");
        let revision = args.since.as_deref().unwrap_or_default();
        notes.push(format!("{findings} on objects that have not changed since {revision}."));
    }
    if !report.known.is_empty() {
        let findings = are(report.known.len(), "finding is", "findings are");
        notes.push(format!("{findings} in the baseline."));
    }
    if stale > 0 {
        let findings = are(stale, "finding of the baseline is", "findings of the baseline are");
        notes.push(format!("{findings} there no more; `plimsoll baseline` forgets them."));
    }
    if let Some(found) = &selected.project.found {
        notes.push(format!("Configured by {found}."));
    }
    notes
}
