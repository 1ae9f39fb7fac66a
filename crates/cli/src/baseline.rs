//! Known findings: `plimsoll baseline` writes them down, `plimsoll check --baseline` leaves them out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::{LintReport, Located};
use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::Places;
use plimsoll_lint::problem::Problem;
use serde::{Deserialize, Serialize};

use crate::args;
use crate::check::{self, Given, Judged};
use crate::input;
use crate::outcome::Outcome;
use crate::output;
use crate::project::Project;
use crate::selection;

/// Where it is if nobody says so.
pub(crate) const NAME: &str = "plimsoll-baseline.json";

/// The version of the format; it rises when a reader of the older one would be wrong.
const VERSION: u32 = 1;

/// The file.
#[derive(Deserialize)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding. What it is is for people: only the fingerprint counts, and distinguishes objects that are there no more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    object: String,
    policy: String,
    fingerprint: String,
}

/// The known findings, by fingerprint.
pub(crate) struct Baseline(HashMap<String, Known>);

/// The baseline of a check, from its flags or the configuration.
pub(crate) fn of(args: &args::Check, project: &Project) -> Result<Option<Baseline>, Vec<Problem>> {
    let path = args.baseline.as_ref().or(project.baseline.as_ref().filter(|_| !args.no_baseline));
    path.map(|path| Baseline::read(path)).transpose().map_err(|problem| vec![problem])
}

impl Baseline {
    fn read(path: &Path) -> Result<Baseline, Problem> {
        let name = path.display().to_string();
        let hint = "`plimsoll baseline` writes it";
        if !path.exists() {
            return Err(Problem::of_file(name, format!("there is no such baseline; {hint}")));
        }
        let source = input::read_one(path)?;
        match serde_json::from_slice::<File>(&source.text) {
            Ok(file) if file.version == VERSION => {
                let known = file.findings.into_iter().map(|known| (known.fingerprint.clone(), known));
                Ok(Baseline(known.collect()))
            }
            Ok(file) => {
                let message = format!("is a baseline of version {}, which this plimsoll doesn't know", file.version);
                Err(Problem::of_file(name, message))
            }
            Err(error) => Err(Problem::of_file(name, format!("is no baseline ({error}); {hint}"))),
        }
    }

    /// Moves the known findings out of the report, and says how many of the others are there no more, of policies and objects
    /// that were checked.
    pub(crate) fn take_out_of(
        mut self,
        report: &mut LintReport,
        manifests: &Manifests,
        policies: &[Configured],
    ) -> usize {
        let (known, new): (Vec<Located>, Vec<Located>) = std::mem::take(&mut report.findings)
            .into_iter()
            .partition(|located| self.0.contains_key(&located.fingerprint));
        let suppressed = report.suppressed.iter().map(|suppressed| &suppressed.located);
        for located in known.iter().chain(suppressed) {
            self.0.remove(&located.fingerprint);
        }
        (report.findings, report.known) = (new, known);
        let checked: HashSet<&str> = policies.iter().flat_map(|policy| policy.metadata.ids()).collect();
        let given: HashSet<String> = manifests.objects.iter().map(|object| object.title()).collect();
        let gone = |known: &&Known| checked.contains(known.policy.as_str()) && given.contains(&known.object);
        self.0.values().filter(gone).count()
    }
}

/// `plimsoll baseline`.
pub(crate) fn run(args: &args::Baseline) -> anyhow::Result<Outcome> {
    match write(args) {
        Ok(outcome) => outcome,
        Err(problems) => {
            output::problems(&problems);
            Ok(Outcome::Failed)
        }
    }
}

/// The outer error says why there is nothing to write.
fn write(args: &args::Baseline) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    let selected = selection::select(&args.selection)?;
    let filter = selected.project.filter(&args.input.files)?;
    let Given { manifests, origins } = check::given(&args.input, &selected.project, filter);
    let places = Places::new(&manifests);
    let Judged { mut report, confidential, around } =
        check::judge(&args.input, &args.selection, Severity::Info, &selected, &manifests, &places, usize::MAX)?;
    let masks = Masks::new(&manifests, &confidential);
    let problems = check::problems(&manifests, &masks, &mut report, around.as_ref());
    origins.settle(&manifests, &places, &masks, &mut report);
    if !problems.is_empty() {
        output::note("The baseline is not written, because not everything could be read and understood.");
        return Err(problems);
    }
    let known: BTreeSet<Known> = report.findings.iter().map(|located| known(&manifests, located)).collect();
    let path = args.output.clone().or(selected.project.baseline).unwrap_or_else(|| PathBuf::from(NAME));
    Ok(save(&path, &known).map(|()| Outcome::Clean))
}

fn known(manifests: &Manifests, located: &Located) -> Known {
    let object = manifests.objects.get(located.object).map(|object| object.title()).unwrap_or_default();
    Known { object, policy: located.finding.metadata.id.to_owned(), fingerprint: located.fingerprint.clone() }
}

/// A line for each finding, in an order that does not change: what is fixed is one line less in a review.
fn save(path: &Path, known: &BTreeSet<Known>) -> anyhow::Result<()> {
    use anyhow::Context;

    let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
    for (position, known) in known.iter().enumerate() {
        text.push_str(if position == 0 { "\n    " } else { ",\n    " });
        text.push_str(&serde_json::to_string(known)?);
    }
    text.push_str(if known.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    if path.as_os_str() == "-" {
        let mut out = output::results();
        out.write_all(text.as_bytes())?;
        return Ok(out.flush()?);
    }
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    let findings = output::count(known.len(), "finding", "findings");
    let check = format!("`plimsoll check --baseline {}`", path.display());
    output::note_untrusted(&format!("Wrote {findings} to {}; {check} reports only new ones.", path.display()));
    Ok(())
}
