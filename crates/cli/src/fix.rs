//! `plimsoll fix`.

mod diff;
mod mending;
mod write;

use std::io::Write as _;

use plimsoll::fix::Applicability;

use self::mending::{Mended, Order};
use self::write::Written;
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
    let mut written = None;
    if args.write {
        let mut done = write::write(&mended.files, &mut out)?;
        problems.append(&mut done.problems);
        written = Some(done);
    } else {
        diff::write(&mended.files, output::is_coloured(all.color), &mut out)?;
    }
    out.flush()?;
    output::problems(&problems);
    summarize(&mended, written.as_ref());
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
fn summarize(mended: &Mended, written: Option<&Written>) {
    for refused in &mended.refused {
        output::note_untrusted(&format!("not fixed: {refused}"));
    }
    let count = |fixes, files| (output::count(fixes, "fix", "fixes"), output::count(files, "file", "files"));
    let to_change = mended.files.iter().filter(|file| file.is_changed()).count();
    let text = match written {
        _ if to_change == 0 => "Nothing to fix.".to_owned(),
        Some(written) => {
            let (fixes, files) = count(written.fixes, written.files);
            format!("Made {fixes} in {files}.")
        }
        None => {
            let (fixes, files) = count(mended.files.iter().map(|file| file.fixes).sum(), to_change);
            format!("Would make {fixes} in {files}; --write makes them.")
        }
    };
    output::note(&text);
}
