//! `plimsoll init`: a configuration to start with, from what is there.

mod from;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use plimsoll::policy::metadata::{Profile, Severity};
use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::places::Places;

use crate::args::{self, ConfigurationFile, Files, ProfileArg};
use crate::baseline;
use crate::check::{self, Given};
use crate::outcome::Outcome;
use crate::output;
use crate::project::{NAMES, Project};
use crate::selection;
use crate::visible;

/// Where the configuration is described, for editors and for people.
const HEAD: [&str; 2] = [
    "# yaml-language-server: $schema=https://plimsoll.dev/docs/config.schema.json",
    "# How Plimsoll checks this repository: https://plimsoll.dev/docs/in-a-repository.md",
];

/// Directories whose manifests rarely serve anybody.
const LESS: &[&str] =
    &["dev", "development", "e2e", "example", "examples", "sample", "samples", "test", "testdata", "tests"];

pub(crate) fn run(args: &args::Init) -> anyhow::Result<Outcome> {
    let [name, ..] = NAMES;
    if let Some(there) = NAMES.into_iter().find(|name| !args.print && Path::new(name).exists()) {
        output::note(&format!("error: {there} is there already"));
        return Ok(Outcome::Failed);
    }
    let filter = Project::default().filter(&Files::default());
    let Given { manifests, .. } = check::read(&[], true, filter.unwrap_or_default());
    let taken = args.from.as_deref().map(|from| from::read(from, &manifests)).transpose();
    let taken = match taken {
        Ok(taken) => taken,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let text = match &taken {
        Some(taken) => taken_over(taken)?,
        None => text(&manifests, findings(&manifests)),
    };
    if args.print {
        let mut out = output::results();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Outcome::Clean);
    }
    // Not over what has come into being meanwhile.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(name)?;
    file.write_all(text.as_bytes())?;
    if let Some(taken) = &taken {
        let (all, done) = taken.wanted.counts();
        output::note_untrusted(&format!(
            "Wrote {name} from {}: {done} of {} taken over. `plimsoll check` reads it.",
            taken.origin,
            output::count(all, "check", "checks")
        ));
        return Ok(Outcome::Clean);
    }
    output::note(&format!("Wrote {name}. `plimsoll check` reads it; `plimsoll baseline` accepts what is there today."));
    Ok(Outcome::Clean)
}

/// How many findings there are in the profile to start with.
fn findings(manifests: &Manifests) -> usize {
    let selection = args::Selection {
        profile: Some(ProfileArg(Profile::Starter)),
        policies: Vec::new(),
        enable: Vec::new(),
        disable: Vec::new(),
        schemas: Vec::new(),
        configuration: ConfigurationFile { config: None, no_config: true },
    };
    let input = args::Input::default();
    let places = Places::new(manifests);
    let judged = selection::select(&selection).and_then(|selected| {
        check::judge(&input, &selection, Severity::Info, &selected, manifests, &places, usize::MAX)
    });
    judged.map_or(0, |judged| judged.report.findings.len())
}

/// A configuration that checks what another linter checks here.
fn taken_over(taken: &from::Taken) -> anyhow::Result<String> {
    let mut lines = HEAD.map(str::to_owned).to_vec();
    lines.push(format!(
        "# Made from {}; `plimsoll explain --peer {}` shows all checks.",
        visible::message(&taken.origin),
        taken.peer.peer
    ));
    lines.push(String::new());
    lines.push(format!(
        "# Only what {} checks. What else there is: `plimsoll list`, and the profiles starter, production and strict.",
        taken.peer.name
    ));
    lines.extend(["profile: 'off'", ""].map(str::to_owned));
    if taken.wanted.has_severities() {
        lines.extend(["# Dangers fail; a warning is of severity medium.", "failOn: high"].map(str::to_owned));
    } else {
        lines.extend(
            ["# Findings at least this severe fail: info, low, medium, high or critical.", "failOn: low"]
                .map(str::to_owned),
        );
    }
    lines.push(String::new());
    taken.wanted.lines(&mut lines)?;
    Ok(lines.join("\n") + "\n")
}

fn text(manifests: &Manifests, findings: usize) -> String {
    let mut lines: Vec<String> = HEAD.map(str::to_owned).to_vec();
    lines.extend(
        [
            "",
            "# What nearly every cluster can switch on today. Later: production, then strict.",
            "profile: starter",
            "",
            "# The version of your clusters.",
            "# kubernetesVersion: \"1.33\"",
            "",
            "# Findings at least this severe fail: info, low, medium, high or critical.",
            "failOn: low",
            "",
        ]
        .map(str::to_owned),
    );
    let read = output::count(manifests.objects.len(), "object", "objects");
    let files: BTreeSet<usize> = manifests.objects.iter().map(|object| object.file).collect();
    let in_files = output::count(files.len(), "file", "files");
    lines.push(format!(
        "# Files to leave out, in the words of .gitignore, which counts too. Today there are {read} in {in_files}."
    ));
    lines.push("# exclude:".to_owned());
    lines.push("# - /vendor/".to_owned());
    lines.push(String::new());
    if findings > 0 {
        let are = output::count(findings, "finding", "findings");
        lines.push(format!(
            "# There are {are} today. To hear of new ones only, run `plimsoll baseline` and remove the `#`."
        ));
    } else {
        lines.push("# Findings that `plimsoll baseline` has written down are not reported.".to_owned());
    }
    lines.push(format!("# baseline: {}", baseline::NAME));
    lines.push(String::new());
    lines.extend(
        [
            "# Settings of single policies; `plimsoll list` shows them all, `plimsoll explain POLICY` its settings.",
            "# policies:",
            "#   mutable-image-tag:",
            "#     severity: low",
            "",
            "# What differs for some files: a profile, settings, exemptions.",
        ]
        .map(str::to_owned),
    );
    match less(manifests) {
        Some(directory) => {
            lines.push("paths:".to_owned());
            lines.push(format!("- match: /{directory}/"));
            lines.push("  minSeverity: high".to_owned());
        }
        None => lines.extend(["# paths:", "# - match: /examples/", "#   minSeverity: high"].map(str::to_owned)),
    }
    lines.join("\n") + "\n"
}

/// The first directory whose manifests rarely serve anybody, if its name needs no quotes.
fn less(manifests: &Manifests) -> Option<String> {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let of_file = |path: &Path| {
        let parent = path.parent()?;
        let directory = parent.ancestors().filter(|directory| directory.file_name().is_some()).find(|directory| {
            directory.file_name().and_then(|name| name.to_str()).is_some_and(|name| LESS.contains(&name))
        })?;
        let parts: Option<Vec<&str>> = directory.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/")).filter(|text| is_plain(text))
    };
    let files = manifests.objects.iter().filter_map(|object| manifests.files.get(object.file));
    files.filter_map(|file| file.source.path.as_deref()).find_map(of_file)
}
