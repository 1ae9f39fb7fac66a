//! `plimsoll fix`.

mod diff;
mod write;

use std::io::Write as _;

use plimsoll::policy::configured::Configured;
use plimsoll::policy::fix::Applicability;
use plimsoll_lint::adding::Destination;
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::fixing::{self, FixOptions, FixOutcome};
use plimsoll_lint::manifests::{self, Values};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;

use self::write::Written;
use crate::args::{Args, Fix};
use crate::cluster;
use crate::input::{self, Input};
use crate::outcome::Outcome;
use crate::output;
use crate::schemas;
use crate::selection;
use crate::today::today;

pub(crate) fn run(args: &Fix, all: &Args) -> anyhow::Result<Outcome> {
    match fix(args, all) {
        Ok(outcome) => outcome,
        Err(problems) => {
            output::problems(&problems);
            Ok(Outcome::Failed)
        }
    }
}

/// The outer error says why nothing can be fixed.
fn fix(args: &Fix, all: &Args) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    let selected = selection::select(&args.selection)?;
    let policies = &selected.configuration.policies;
    let Input { sources, mut problems, templates, .. } =
        input::read(&args.input.paths, selected.project.filter(&args.input.files)?);
    let paths = sources.iter().map(|source| source.path.as_deref());
    let table = schemas::table(&args.selection, &selected.project)?;
    let by_file = selected.by_file(&args.selection, paths).map_err(|problem| vec![problem])?;
    let around = cluster_snapshot(args, &sources, policies).map_err(|problem| vec![problem])?;
    problems.extend(around.iter().flat_map(|around| around.problems.iter().cloned()));
    let options = FixOptions {
        policies: by_file.sets(policies),
        trust: if args.risky { Applicability::Unsafe } else { Applicability::Safe },
        new_objects: destination(args),
        unread: !problems.is_empty(),
        exists: &|path| path.symlink_metadata().is_ok(),
        complete: args.input.complete,
        around: around.as_ref(),
        namespace: args.input.namespace.as_deref(),
        today: today(),
        fields: Some(&table),
    };
    let mut fixed = fixing::fix(sources, &options);
    problems.append(&mut fixed.problems);
    let allow_empty = args.input.allow_empty || args.input.files.ignore_unknown;
    if fixed.objects == 0 && problems.is_empty() && !allow_empty {
        problems.push(manifests::nothing_there(fixed.foreign + templates, fixed.patches));
    }
    Ok(finish(args, all, &fixed, problems))
}

/// Writes what was fixed, and says so.
fn finish(args: &Fix, all: &Args, fixed: &FixOutcome, mut problems: Vec<Problem>) -> anyhow::Result<Outcome> {
    let mut out = output::results();
    let mut written = None;
    let mut hidden = diff::Hidden::default();
    if args.write {
        let mut done = write::write(&fixed.files, &args.input.paths);
        problems.append(&mut done.problems);
        written = Some(done);
        // A pipeline that loses a part of its text has to know.
        write::to_stdout(&fixed.files, &mut out).and_then(|()| out.flush())?;
    } else {
        let shown = diff::write(fixed, output::is_coloured(all.color), &mut out);
        let shown = shown.and_then(|found| out.flush().map(|()| hidden = found));
        output::unless_closed(shown)?;
    }
    output::problems(&problems);
    if hidden.controls {
        output::note(
            "The diff spells out characters that would steer a terminal, so `patch` doesn't take it; --write makes the changes.",
        );
    }
    if hidden.credentials {
        output::note("The diff shows *** for credentials, so `patch` doesn't take it; --write makes the changes.");
    }
    summarize(fixed, written.as_ref());
    Ok(outcome(fixed, &problems, args.write))
}

fn destination(args: &Fix) -> Option<Destination> {
    match (args.new_objects, args.new_files) {
        (false, false) => None,
        (_, true) => Some(Destination::NewFiles),
        (true, false) => Some(Destination::SameFile),
    }
}

/// What a cluster has around the objects, as they are before they are fixed: what is looked up doesn't depend on that.
fn cluster_snapshot(
    args: &Fix,
    sources: &[Source],
    policies: &[Configured],
) -> Result<Option<ClusterSnapshot>, Problem> {
    if !args.input.cluster.cluster {
        return Ok(None);
    }
    let copies = sources.iter().map(|source| source.with_text(source.text.clone())).collect();
    cluster::cluster_snapshot(&args.input, &manifests::read(copies, Values::Taken), policies)
}

fn outcome(fixed: &FixOutcome, problems: &[Problem], written: bool) -> Outcome {
    let changed = fixed.files.iter().any(|file| file.is_changed());
    if !problems.is_empty() {
        Outcome::Failed
    } else if !fixed.refused.is_empty() || (changed && !written) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

/// Says what was done, and what could not be.
fn summarize(fixed: &FixOutcome, written: Option<&Written>) {
    for refused in &fixed.refused {
        output::note_untrusted(&format!("not fixed: {refused}"));
    }
    let (fixes, added, files) = match written {
        Some(written) => (written.fixes, written.added, written.files),
        None => {
            let changed = || fixed.files.iter().filter(|file| file.is_changed());
            (changed().map(|file| file.fixes).sum(), changed().map(|file| file.added).sum(), changed().count())
        }
    };
    let (make, add) = if written.is_some() { ("Made", "added") } else { ("Would make", "add") };
    let (only_add, them, all) =
        if written.is_some() { ("Added", "", "") } else { ("Would add", "; --write makes them", "; --write does so") };
    let nothing = !fixed.files.iter().any(|file| file.is_changed());
    let some_fixes = output::count(fixes, "fix", "fixes");
    let objects = output::count(added, "object", "objects");
    let files = output::count(files, "file", "files");
    let text = match (fixes, added) {
        _ if nothing => "Nothing to fix.".to_owned(),
        (_, 0) => format!("{make} {some_fixes} in {files}{them}."),
        (0, _) => format!("{only_add} {objects} in {files}{all}."),
        _ => format!("{make} {some_fixes} and {add} {objects} in {files}{all}."),
    };
    output::note(&text);
    for (count, how) in [(fixed.missing, "--new-objects"), (fixed.untrusted, "--unsafe --new-objects")] {
        if count > 0 {
            output::note(&format!("{} can be added by {how}.", output::count(count, "object", "objects")));
        }
    }
}
