//! `plimsoll test`: whether policies report what manifests with markers expect, line by line.

mod case;
mod junit;
#[cfg(feature = "modules")]
mod module;

use std::collections::BTreeSet;
use std::io::Write;
#[cfg(not(feature = "modules"))]
use std::path::Path;

use anyhow::Context;
use plimsoll::engine::renamed::Renamed;
use plimsoll::policies::{self, POLICIES};
use plimsoll::policy::metadata::Metadata;
use plimsoll_fixtures::{Case, File};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_lint::words::did_you_mean;

use crate::args::Test;
use crate::input;
use crate::outcome::Outcome;
use crate::output;
use crate::selection;
use crate::visible;

/// What came of the tests of a file.
struct Tested {
    name: String,
    cases: Vec<TestedCase>,
}

/// What came of a case.
struct TestedCase {
    name: String,
    line: usize,
    differences: Vec<Difference>,
    /// Why it was not tested.
    skipped: Option<&'static str>,
}

/// What was expected on a line, and what was found there.
struct Difference {
    /// Zero when it is about the case as a whole.
    line: usize,
    text: String,
    missing: Vec<String>,
    surplus: Vec<String>,
}

impl Tested {
    fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.differences.is_empty()).count()
    }
}

pub(crate) fn run(args: &Test) -> anyhow::Result<Outcome> {
    match test(args) {
        Ok(outcome) => outcome,
        Err(problems) => {
            output::problems(&problems);
            Ok(Outcome::Failed)
        }
    }
}

fn test(args: &Test) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    let selected = selection::select(&args.selection)?;
    let filter = selected.project.filter(&args.files)?;
    let read = input::read(&args.paths, filter);
    let sources: Vec<Source> = read.sources.into_iter().filter(is_test).collect();
    let mut problems = read.problems;
    let files: Vec<(File, &Source)> =
        sources.iter().filter_map(|source| parse(source, args.modules.is_empty(), &mut problems)).collect();
    for note in outdated(&files, POLICIES.iter().map(|entry| entry.metadata)) {
        output::note_untrusted(&note);
    }
    if files.is_empty() && problems.is_empty() {
        let message = "there is no test here: below directories these are files with `#~ POLICY` at the end of a line, \
            with a document `kind: Case`, or whose name begins with pass";
        problems.push(Problem::general(message));
    }
    let mut tested: Vec<Tested> = Vec::with_capacity(files.len());
    if !args.modules.is_empty() {
        for module in &args.modules {
            tested.extend(of_module(module, args, &files, &mut problems).map_err(|problem| vec![problem])?);
        }
        output::problems(&problems);
        return Ok(report(args, &tested, problems.len()));
    }
    let paths = sources.iter().map(|source| source.path.as_deref());
    let by_file = selected.by_file(&args.selection, paths).map_err(|problem| vec![problem])?;
    let sets = by_file.sets(&selected.configuration.policies);
    let position = |wanted: &Source| sources.iter().position(|source| std::ptr::eq(source, wanted));
    for (file, source) in &files {
        let policies = sets.of_file(position(source).unwrap_or_default());
        tested.push(case::test(file, source, policies, &mut problems));
    }
    output::problems(&problems);
    Ok(report(args, &tested, problems.len()))
}

#[cfg(feature = "modules")]
use module::test as of_module;

#[cfg(not(feature = "modules"))]
fn of_module(_: &Path, _: &Test, _: &[(File, &Source)], _: &mut Vec<Problem>) -> Result<Vec<Tested>, Problem> {
    Err(Problem::general("this plimsoll was built without its feature `modules`"))
}

/// Whether a file is a test: one that is named, or that says so.
fn is_test(source: &Source) -> bool {
    let file = source.path.as_deref().and_then(|path| path.file_name()?.to_str()).unwrap_or_default();
    let text = String::from_utf8_lossy(&source.text);
    let says_so = || file.starts_with("pass") || text.contains("#~ ") || text.lines().any(|line| line == "kind: Case");
    source.named || !file.ends_with(".fixed.yaml") && says_so()
}

/// `own`: whether markers have to name policies that this program has.
fn parse<'s>(source: &'s Source, own: bool, problems: &mut Vec<Problem>) -> Option<(File, &'s Source)> {
    let Ok(text) = std::str::from_utf8(&source.text) else {
        problems.push(Problem::of_file(source.name.as_str(), "is not UTF-8"));
        return None;
    };
    let file = match File::read("", source.name.as_str().into(), text.to_owned()) {
        Ok(file) => file,
        Err(error) => {
            problems.push(Problem::general(error.to_string()));
            return None;
        }
    };
    let ids = || POLICIES.iter().map(|entry| entry.metadata.id);
    for marker in file.markers.iter().filter(|marker| own && policies::find(&marker.id).is_none()) {
        let (name, line, id) = (&source.name, marker.line, &marker.id);
        problems.push(Problem::general(format!("{name}:{line}: there is no policy `{id}`{}", did_you_mean(id, ids()))));
    }
    Some((file, source))
}

/// What to say of tests that name policies by ids that they had: once for each file.
fn outdated(files: &[(File, &Source)], all: impl Iterator<Item = &'static Metadata> + Clone) -> BTreeSet<String> {
    let mut notes = BTreeSet::new();
    for (file, source) in files {
        let ids = file.markers.iter().map(|marker| &marker.id);
        let ids = ids.chain(file.cases.iter().flat_map(|case| &case.policies));
        let renamed = ids.filter_map(|id| Renamed::of(id, all.clone()));
        notes.extend(renamed.map(|renamed| format!("{}: {renamed}", source.name)));
    }
    notes
}

/// The lines of each case: from its own to that of the next.
fn lines_of(file: &File) -> impl Iterator<Item = (&Case, std::ops::Range<usize>)> {
    let ends = file.cases.iter().skip(1).map(|case| case.line).chain([usize::MAX]);
    file.cases.iter().zip(ends).map(|(case, end)| (case, case.line..end))
}

fn line(source: &Source, number: usize) -> String {
    let text = String::from_utf8_lossy(&source.text);
    let line = number.checked_sub(1).and_then(|number| text.lines().nth(number)).unwrap_or_default();
    plimsoll_fixtures::without_markers(line).trim_end().to_owned()
}

fn report(args: &Test, tested: &[Tested], errors: usize) -> anyhow::Result<Outcome> {
    let mut out = output::results();
    let written = write(tested, &mut out).and_then(|()| out.flush());
    output::unless_closed(written)?;
    if let Some(file) = &args.junit {
        let cannot = || format!("{} cannot be written", visible::name(&file.to_string_lossy()));
        std::fs::write(file, junit::report(tested)).with_context(cannot)?;
    }
    let sum = |of: fn(&Tested) -> usize| tested.iter().map(of).sum::<usize>();
    let (cases, failed) = (sum(|tested| tested.cases.len()), sum(Tested::failed));
    let skipped = sum(|tested| tested.cases.iter().filter(|case| case.skipped.is_some()).count());
    let files = output::count(tested.len(), "file", "files");
    let skips = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    output::note(&format!("Tested {} in {files}: {failed} failed{skips}.", output::count(cases, "case", "cases")));
    Ok(match (errors, failed) {
        (1.., _) => Outcome::Failed,
        (0, 1..) => Outcome::Findings,
        (0, 0) => Outcome::Clean,
    })
}

/// The differences, for people.
fn write(tested: &[Tested], out: &mut dyn Write) -> std::io::Result<()> {
    for Tested { name, cases } in tested {
        for case in cases.iter().filter(|case| !case.differences.is_empty()) {
            let title = if case.name.is_empty() { "without a name" } else { &case.name };
            writeln!(out, "{}:{}: {}", visible::name(name), case.line, visible::message(title))?;
            for difference in &case.differences {
                for line in lines(difference) {
                    writeln!(out, "{line}")?;
                }
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// A difference: the line, `-` what was expected there, `+` what was found.
fn lines(difference: &Difference) -> Vec<String> {
    let Difference { line, text, missing, surplus } = difference;
    let mut lines = Vec::new();
    if *line > 0 {
        lines.push(format!("  {line} | {}", visible::visible(text)));
    }
    lines.extend(missing.iter().map(|missing| format!("    - {}", visible::message(missing))));
    lines.extend(surplus.iter().map(|surplus| format!("    + {}", visible::message(surplus))));
    lines
}
