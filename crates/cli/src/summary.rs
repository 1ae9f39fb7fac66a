//! The last lines of `plimsoll check`, for people.

use std::collections::BTreeSet;

use plimsoll::policy::fix::Applicability;
use plimsoll_lint::check::{LintReport, Repeated, Skipped};
use plimsoll_lint::places::Place;

use crate::args::Check;
use crate::output;
#[cfg(feature = "cluster")]
use crate::report::score;
use crate::report::{Run, groups};
use crate::visible;

/// Says how much was checked and found, and what to do next.
pub(crate) fn write(run: &Run<'_>, args: &Check) {
    for line in lines(run, args) {
        output::note_wrapped(&line);
    }
}

/// How many of the objects with the lowest scores a scan names.
#[cfg(feature = "cluster")]
const LOWEST: usize = 5;

/// Says the same of a scan: how much was checked and found, and the scores. `owned` objects were checked at their owner.
#[cfg(feature = "cluster")]
pub(crate) fn write_scan(run: &Run<'_>, owned: usize) {
    let title = run.around.map(|around| around.title.as_str()).unwrap_or_default();
    let mut lines = vec![format!("Checked {} of {title}{}.", checked(run), found(run))];
    if owned > 0 {
        let are = output::count(owned, "object is", "objects are");
        lines.push(format!("{are} made by another and checked there."));
    }
    lines.extend(left_out(run.report));
    lines.extend(scores(run));
    let suppressed = run.report.suppressed.len() + run.report.left_out.suppressed;
    if suppressed > 0 {
        lines.push(format!("{} suppressed.", count_are(suppressed, "finding")));
    }
    lines.extend(exemptions(run));
    lines.extend(skipped(run));
    if !run.problems.is_empty() {
        let errors = count(run.problems.len(), "error");
        lines.push(format!("{errors}: not everything could be read and understood, see above."));
    }
    lines.iter().for_each(|line| output::note_wrapped(line));
}

/// The score of all, of the categories, and the lowest.
#[cfg(feature = "cluster")]
fn scores(run: &Run<'_>) -> Vec<String> {
    let groups = groups::worst_first(run.report);
    let Some(all) = score::of_all(run.manifests, &groups) else { return Vec::new() };
    let of_categories = score::by_category(run.manifests, &groups).into_iter();
    let of_categories: Vec<String> =
        of_categories.map(|(category, score)| format!("{} {score}", category.name())).collect();
    let mut lines = vec![format!("Score {all} of 100: {}.", of_categories.join(", "))];
    let mut objects: Vec<(u32, String)> = groups
        .iter()
        .filter_map(|group| {
            let object = run.manifests.objects.get(group.object)?;
            Some((score::of(group.findings.iter().copied()), object.title()))
        })
        .collect();
    objects.sort();
    let lowest: Vec<String> =
        objects.iter().take(LOWEST).map(|(score, title)| format!("{} {score}", visible::name(title))).collect();
    if !lowest.is_empty() {
        lines.push(format!("Lowest: {}.", lowest.join(", ")));
    }
    lines
}

fn lines(run: &Run<'_>, args: &Check) -> Vec<String> {
    let mut lines =
        vec![format!("Checked {} in {}{}.", checked(run), count(run.manifests.checked_files(), "file"), found(run))];
    if let Some(around) = run.around {
        lines.push(format!("Read {} of {}.", count(around.objects.len(), "more object"), around.title));
    }
    lines.extend(left_out(run.report));
    lines.extend(fixable(run, args));
    let suppressed = run.report.suppressed.len() + run.report.left_out.suppressed;
    if suppressed > 0 {
        lines.push(format!("{} suppressed.", count_are(suppressed, "finding")));
    }
    lines.extend(exemptions(run));
    lines.extend(skipped(run));
    lines.extend(unchecked(run));
    lines.extend(repeated(run));
    if run.manifests.patches > 0 {
        let patches = output::count(run.manifests.patches, "document is a patch", "documents are patches");
        lines.push(format!("{patches} for other objects and passed over; check what `kustomize build` prints."));
    }
    if run.manifests.foreign > 0 {
        let documents = count_are(run.manifests.foreign, "document");
        lines.push(format!("{documents} no Kubernetes object and passed over."));
    }
    if let Some(profiles) = profiles(run, args) {
        lines.push(profiles);
    }
    if !run.problems.is_empty() {
        let errors = count(run.problems.len(), "error");
        lines.push(format!("{errors}: not everything could be read and understood, see above."));
    }
    lines
}

/// What somebody wants to know who has chosen nothing yet.
fn profiles(run: &Run<'_>, args: &Check) -> Option<String> {
    let chosen = args.selection.profile.is_some() || run.configured;
    let chosen = chosen || !args.selection.policies.is_empty();
    (!chosen && !run.report.findings.is_empty()).then(|| {
        let smaller =
            "--profile starter checks what nearly every cluster can require today, --profile strict nearly everything";
        format!("Profile {} was used; {smaller}.", run.profile.name())
    })
}

/// How many objects there are of kinds that a policy is meant for.
fn checkable(run: &Run<'_>) -> usize {
    run.manifests.objects.len() - run.report.unchecked.values().sum::<usize>()
}

fn checked(run: &Run<'_>) -> String {
    match checkable(run) {
        0 if !run.manifests.objects.is_empty() => "no object".to_owned(),
        number => count(number, "object"),
    }
}

/// The objects that nothing was said about.
fn unchecked(run: &Run<'_>) -> Option<String> {
    let kinds = run.report.unchecked.iter();
    let kinds: Vec<String> = kinds
        .map(|(kind, number)| (visible::name(kind), *number))
        .map(|(kind, number)| if number > 1 { format!("{kind} ({number})") } else { kind.into_owned() })
        .collect();
    let number = run.report.unchecked.values().sum();
    (number > 0).then(|| {
        let objects = output::count(number, "object is of a kind", "objects are of kinds");
        format!("{objects} that no policy checks: {}.", kinds.join(", "))
    })
}

/// What was skipped because other objects are missing: one line, and one for each kind that a cluster would not show.
fn skipped(run: &Run<'_>) -> Vec<String> {
    let (refused, missing): (Vec<&Skipped>, Vec<&Skipped>) =
        run.report.skipped.iter().partition(|missing| missing.reason.is_some());
    let mut lines: Vec<String> = Vec::new();
    if !missing.is_empty() {
        let kinds: Vec<&str> = missing.iter().map(|missing| missing.needs).collect();
        let policies: BTreeSet<&str> = missing.iter().flat_map(|missing| missing.policies.iter().copied()).collect();
        let how = if !run.problems.is_empty() {
            "What is missing may be in what could not be read."
        } else if run.around.is_some() {
            "Give those files too."
        } else {
            "Give those files too, add --complete if there are none, or --cluster to read them from a cluster."
        };
        let policies = output::count(policies.len(), "policy", "policies");
        lines.push(format!("Skipped {policies}, because nothing was given of {}. {how}", kinds.join(", ")));
    }
    lines.extend(refused.into_iter().map(|missing| {
        let policies: Vec<&str> = missing.policies.iter().copied().collect();
        let (objects, why) = (count(missing.objects, "object"), missing.reason.as_deref().unwrap_or_default());
        format!("Skipped: needs {} ({}; {objects}). {why}", missing.needs, policies.join(", "))
    }));
    lines
}

/// How many of a kind are listed before the rest is counted.
const SHOWN: usize = 5;

/// The objects that were given more than once.
fn repeated(run: &Run<'_>) -> Vec<String> {
    let file = |place: &Place| run.manifests.files.get(place.file).map_or("", |file| file.source.name.as_str());
    let directory = |place: &Place| {
        let directory = file(place).rsplit_once(['/', '\\']).map_or(".", |(directory, _)| directory);
        directory.to_owned()
    };
    let (apart, together): (Vec<&Repeated>, Vec<&Repeated>) =
        run.report.repeated.iter().partition(|repeated| repeated.apart);
    let mut lines: Vec<String> = Vec::new();
    let unsaid = together.len().saturating_sub(SHOWN);
    for Repeated { title, places, .. } in together.into_iter().take(SHOWN) {
        let title = visible::name(title);
        let more = places.len().saturating_sub(SHOWN);
        let mut places: Vec<String> =
            places.iter().take(SHOWN).map(|place| format!("{}:{}", file(place), place.span.start.line)).collect();
        places.extend((more > 0).then(|| format!("{more} more")));
        lines.push(format!("Given more than once: {title} ({}). Only one can be in a cluster.", places.join(", ")));
    }
    if unsaid > 0 {
        lines.push(format!("Given more than once: {}.", output::count(unsaid, "other object", "other objects")));
    }
    if let Some(Repeated { title, places, .. }) = apart.first() {
        let title = visible::name(title);
        let more = places.len().saturating_sub(SHOWN);
        let mut directories: Vec<String> = places.iter().take(SHOWN).map(directory).collect();
        directories.extend((more > 0).then(|| format!("{more} more")));
        let objects = output::count(apart.len(), "object is", "objects are");
        let such = if apart.len() > 1 { ", such as " } else { ": " };
        lines.push(format!(
            "{objects} in more than one directory{such}{title} ({}). Each directory is checked on its own.",
            directories.join(", ")
        ));
    }
    lines
}

fn found(run: &Run<'_>) -> String {
    let all = groups::all(run.report);
    match all.iter().sum::<usize>() {
        0 if checkable(run) == 0 => String::new(),
        0 => ": nothing found".to_owned(),
        number => format!(": {} ({})", count(number, "finding"), groups::spelt(&all)),
    }
}

/// Says how many findings no report has.
pub(crate) fn left_out(report: &LintReport) -> Option<String> {
    let (findings, exempt) = (report.left_out.count(), report.left_out.suppressed);
    let number = findings + exempt;
    (number > 0).then(|| {
        let more = output::count(number, "more finding is", "more findings are");
        format!("{more} counted and not reported; none of them is worse than the {} that are.", report.findings.len())
    })
}

fn fixable(run: &Run<'_>, args: &Check) -> Vec<String> {
    let findings = || run.report.findings.iter().map(|located| &located.finding);
    let with = |wanted: Applicability| {
        findings().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.applicability == wanted).count()
    };
    let command = fix_command(args);
    let mut lines = Vec::new();
    let left_out = &run.report.left_out;
    lines.extend(match (with(Applicability::Safe) + left_out.safe, with(Applicability::Unsafe) + left_out.risky) {
        (0, 0) => None,
        (0, more) => Some(format!("{more} can be fixed, with some risk, by `{command} --unsafe`.")),
        (safe, 0) => Some(format!("{safe} can be fixed safely by `{command}`.")),
        (safe, more) => Some(format!("{safe} can be fixed safely by `{command}`, {more} more with --unsafe.")),
    });
    let additions = || findings().filter_map(|finding| finding.addition());
    match additions().count() {
        0 => {}
        new => {
            let risk = if additions().any(|addition| addition < Applicability::Safe) { " --unsafe" } else { "" };
            let how = format!("`{command}{risk} --new-objects`");
            lines.push(format!("{new} can be fixed by adding an object, as {how} does."));
        }
    }
    lines
}

/// The command that fixes what this one has shown: of the same objects, by the same policies.
fn fix_command(args: &Check) -> String {
    let Check { input, selection, .. } = args;
    let mut command = "plimsoll fix".to_owned();
    let mut add = |flag: &str, value: &str| {
        command =
            format!("{command} {flag}{}{}", if flag.is_empty() || value.is_empty() { "" } else { " " }, quoted(value));
    };
    if input.cluster.cluster {
        add("--cluster", "");
    }
    if let Some(context) = &input.cluster.context {
        add("--context", context);
    }
    for path in &input.paths {
        add("", &path.display().to_string());
    }
    if let Some(profile) = selection.profile {
        add("--profile", profile.0.name());
    }
    if let Some(config) = &selection.configuration.config {
        add("--config", &config.display().to_string());
    }
    if selection.configuration.no_config {
        add("--no-config", "");
    }
    if !selection.enable.is_empty() {
        add("--enable", &selection.enable.join(","));
    }
    if !selection.disable.is_empty() {
        add("--disable", &selection.disable.join(","));
    }
    for pattern in &input.files.include {
        add("--include", pattern);
    }
    for pattern in &input.files.exclude {
        add("--exclude", pattern);
    }
    if input.files.no_gitignore {
        add("--no-gitignore", "");
    }
    if input.files.ignore_unknown {
        add("--ignore-unknown", "");
    }
    for policy in &selection.policies {
        add("--policy", policy);
    }
    if let Some(namespace) = &input.namespace {
        add("--namespace", namespace);
    }
    if input.complete {
        add("--complete", "");
    }
    command
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// The exemptions that exempt nothing, and those that should be written in another way.
fn exemptions(run: &Run<'_>) -> impl Iterator<Item = String> {
    let unused = run.report.unused.iter().map(|unused| ("Unused exemption", unused));
    let outdated = run.report.outdated.iter().map(|outdated| ("Exemption by an old id", outdated));
    unused.chain(outdated).map(|(what, exemption)| {
        let place = exemption.place.as_ref().and_then(|place| {
            let file = run.manifests.files.get(place.file)?;
            Some(format!("{}:{}:{}: ", file.source.name, place.span.start.line, place.span.start.column))
        });
        format!("{what}: {}{}", place.unwrap_or_default(), visible::message(&exemption.message))
    })
}

fn count(number: usize, what: &str) -> String {
    output::count(number, what, &format!("{what}s"))
}

fn count_are(number: usize, what: &str) -> String {
    format!("{} {}", count(number, what), if number == 1 { "is" } else { "are" })
}
