//! `plimsoll check`.

use std::path::PathBuf;

use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::{self, CheckOptions};
use plimsoll_lint::manifests::{self, Manifests, Values};
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::Places;

use crate::args::{Args, Check, Format};
use crate::cluster;
use crate::input;
use crate::outcome::Outcome;
use crate::output;
use crate::report::{self, Run};
use crate::selection;
use crate::summary;
use crate::today::today;

pub(crate) fn run(args: &Check, all: &Args) -> anyhow::Result<Outcome> {
    let selected = match selection::select_for(&args.selection, args.min_severity.map(|severity| severity.0)) {
        Ok(selected) => selected,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let manifests = read(&args.input.paths, args.input.allow_empty);
    let around = match cluster::cluster_snapshot(&args.input, &manifests, &selected.policies) {
        Ok(around) => around,
        Err(problem) => {
            output::problems(&[problem]);
            return Ok(Outcome::Failed);
        }
    };
    let places = Places::new(&manifests);
    let options = CheckOptions {
        policies: &selected.policies,
        min_severity: args.min_severity.map_or(Severity::Info, |severity| severity.0),
        complete: args.input.complete,
        around: around.as_ref(),
        namespace: args.input.namespace.as_deref(),
        today: today(),
    };
    let mut report = check::check(&manifests, &places, &options);
    let confidential = std::mem::take(&mut report.confidential);
    let masks = Masks::new(&manifests, &confidential);
    masks.take_out_of(&mut report);
    let mut problems = manifests.problems.clone();
    problems.append(&mut report.problems);
    problems.extend(around.iter().flat_map(|around| around.problems.iter().cloned()));

    let around = around.as_ref();
    let run =
        Run { manifests: &manifests, places: &places, masks: &masks, report: &report, problems: &problems, around };
    // Errors come first: what follows may be many pages long, and the summary after it tells of them again.
    output::problems(&problems);
    match args.format {
        Format::Pretty => {
            report::pretty::write(&run, output::is_coloured(all.color), output::width(), &mut output::results())?;
            summary::write(&run, args);
        }
        Format::Json => report::json::write(&run, selected.profile, &mut output::results())?,
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
    if !run.problems.is_empty() {
        Outcome::Failed
    } else if run.report.findings.iter().any(failing) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}
