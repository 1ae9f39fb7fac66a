//! `plimsoll fix`.

mod diff;
mod mending;
mod write;

use std::io::Write as _;

use plimsoll::fix::Applicability;

use self::mending::{Mended, Order};
use crate::args::{Args, Fix};
use crate::input;
use crate::manifests;
use crate::outcome::Outcome;
use crate::output;
use crate::problem::Problem;
use crate::selection;
use crate::today::today;

pub(crate) fn run(args: &Fix, all: &Args) -> anyhow::Result<Outcome> {
    let selected = match selection::select(&args.selection) {
        Ok(selected) => selected,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let (sources, mut problems) = input::read(&args.input.paths);
    let order = Order {
        policies: &selected.policies,
        trust: if args.risky { Applicability::Unsafe } else { Applicability::Safe },
        complete: args.input.complete,
        today: today(),
    };
    let mut mended = mending::mend(sources, &order);
    problems.append(&mut mended.problems);
    if mended.objects == 0 && problems.is_empty() && !args.input.allow_empty {
        problems.push(manifests::nothing_there(mended.foreign));
    }

    let mut out = output::results();
    if args.write {
        problems.extend(write::write(&mended.files, &mut out)?);
    } else {
        diff::write(&mended.files, output::is_coloured(all.color), &mut out)?;
    }
    out.flush()?;
    output::problems(&problems);
    summarize(&mended, args.write);
    Ok(outcome(&mended, &problems, args.write))
}

fn outcome(mended: &Mended, problems: &[Problem], written: bool) -> Outcome {
    let changed = mended.files.iter().any(|file| file.is_changed());
    if !problems.is_empty() {
        Outcome::Failed
    } else if !mended.refused.is_empty() || (changed && !written) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

/// Tells what was done, and what could not be.
fn summarize(mended: &Mended, written: bool) {
    for refused in &mended.refused {
        output::note_untrusted(&format!("not fixed: {refused}"));
    }
    let files = mended.files.iter().filter(|file| file.is_changed()).count();
    let fixes: usize = mended.files.iter().map(|file| file.fixes).sum();
    let fixes = output::count(fixes, "fix", "fixes");
    let files = output::count(files, "file", "files");
    let text = match (written, mended.files.iter().any(|file| file.is_changed())) {
        (_, false) => "Nothing to fix.".to_owned(),
        (true, true) => format!("Made {fixes} in {files}."),
        (false, true) => format!("Would make {fixes} in {files}; --write makes them."),
    };
    output::note(&text);
}
