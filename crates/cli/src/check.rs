//! `plimsoll check`.

use std::path::PathBuf;

use plimsoll_lint::check::{self, CheckOptions};
use plimsoll_lint::manifests::{self, Manifests, Values};
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::Places;

use crate::args::{Args, Check};
use crate::cluster;
use crate::input;
use crate::outcome::Outcome;
use crate::output;
use crate::progress::Progress;
use crate::report::{Repository, Run};
use crate::selection;
use crate::summary;
use crate::today::today;

pub(crate) fn run(args: &Check, all: &Args) -> anyhow::Result<Outcome> {
    args.reports.check()?;
    let selected = match selection::select(&args.selection) {
        Ok(selected) => selected,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let progress = Progress::start("Reading");
    let manifests = read(&args.input.paths, args.input.allow_empty);
    let objects = output::count(manifests.objects.len(), "object", "objects");
    if args.input.cluster.cluster {
        progress.next(format!("Asking the cluster about {objects}"));
    }
    let around = match cluster::cluster_snapshot(&args.input, &manifests, &selected.policies) {
        Ok(around) => around,
        Err(problem) => {
            drop(progress);
            output::problems(&[problem]);
            return Ok(Outcome::Failed);
        }
    };
    progress.next(format!("Checking {objects}"));
    let places = Places::new(&manifests);
    let options = CheckOptions {
        policies: &selected.policies,
        min_severity: args.min_severity.0,
        complete: args.input.complete,
        around: around.as_ref(),
        namespace: args.input.namespace.as_deref(),
        today: today(),
        most: check::MOST,
    };
    let mut report = check::check(&manifests, &places, &options);
    let confidential = std::mem::take(&mut report.confidential);
    let masks = Masks::new(&manifests, &confidential);
    masks.take_out_of(&mut report);
    let mut problems = manifests.problems.clone();
    problems.append(&mut report.problems);
    problems.extend(around.iter().flat_map(|around| around.problems.iter().cloned()));

    drop(progress);
    let around = around.as_ref();
    let run = Run {
        manifests: &manifests,
        places: &places,
        masks: &masks,
        report: &report,
        problems: &problems,
        around,
        profile: selected.profile,
        fail_on: args.fail_on.0,
        repository: &Repository::find(),
    };
    // Errors come first: what follows may be many pages long, and the summary after it tells of them again.
    output::problems(&problems);
    args.reports.write(&run, all.color)?;
    if args.reports.is_for_people() {
        summary::write(&run, args);
    } else if let Some(unsaid) = summary::left_out(&report) {
        output::note(&unsaid);
    }
    Ok(outcome(&run, args))
}

/// Reads what the user gave; nothing at all is a mistake, unless it is allowed.
pub(crate) fn read(paths: &[PathBuf], allow_empty: bool) -> Manifests {
    let (sources, mut problems) = input::read(paths);
    let mut manifests = manifests::read(sources, Values::Taken);
    problems.append(&mut manifests.problems);
    if manifests.objects.is_empty() && problems.is_empty() && !allow_empty {
        problems.push(manifests::nothing_there(manifests.foreign, manifests.patches));
    }
    manifests.problems = problems;
    manifests
}

fn outcome(run: &Run<'_>, args: &Check) -> Outcome {
    let failing = |finding: &check::Located| finding.finding.severity >= args.fail_on.0;
    let mut unsaid = run.report.left_out.severities.iter();
    if !run.problems.is_empty() {
        Outcome::Failed
    } else if run.report.findings.iter().any(failing) || unsaid.any(|(severity, _)| *severity >= args.fail_on.0) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}
