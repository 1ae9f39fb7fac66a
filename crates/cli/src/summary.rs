//! The last lines of `plimsoll check`, for people.

use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::Unused;

use crate::args::Input;
use crate::output;
use crate::report::Run;

/// Tells how much was checked and found, and what to do next.
pub(crate) fn write(run: &Run<'_>, input: &Input) {
    for line in lines(run, input) {
        output::note_untrusted(&line);
    }
}

fn lines(run: &Run<'_>, input: &Input) -> Vec<String> {
    let mut lines = vec![format!(
        "Checked {} in {}{}.",
        count(run.manifests.objects.len(), "object"),
        count(run.manifests.files.len(), "file"),
        found(run)
    )];
    if let Some(around) = run.around {
        lines.push(format!("Read {} of {}.", count(around.objects.len(), "more object"), around.title));
    }
    lines.extend(fixable(run, input));
    if !run.report.suppressed.is_empty() {
        lines.push(format!("{} suppressed.", count_are(run.report.suppressed.len(), "finding")));
    }
    lines.extend(run.report.unused.iter().map(|unused| describe(run, unused)));
    for missing in &run.report.skipped {
        let policies: Vec<&str> = missing.policies.iter().copied().collect();
        let why = match &missing.reason {
            Some(reason) => reason.as_str(),
            None if !run.problems.is_empty() => "What is lacking may be in what could not be read.",
            None if run.around.is_some() => "Give those files too.",
            None => "Give those files too, or say --complete if there is none.",
        };
        lines.push(format!(
            "Skipped: needs {} ({}; {}). {why}",
            missing.needs,
            policies.join(", "),
            count(missing.objects, "object"),
        ));
    }
    if run.manifests.foreign > 0 {
        let documents = count_are(run.manifests.foreign, "document");
        lines.push(format!("{documents} no Kubernetes object and passed over."));
    }
    if !run.problems.is_empty() {
        let errors = count(run.problems.len(), "error");
        lines.push(format!("{errors}: not everything could be read and understood, see above."));
    }
    lines
}

fn found(run: &Run<'_>) -> String {
    let findings = &run.report.findings;
    if findings.is_empty() {
        return if run.manifests.objects.is_empty() { String::new() } else { ": nothing found".to_owned() };
    }
    let of = |severity: Severity| findings.iter().filter(|located| located.finding.severity == severity).count();
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (of(severity), severity.name()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    format!(": {} ({})", count(findings.len(), "finding"), counts.join(", "))
}

fn fixable(run: &Run<'_>, input: &Input) -> Vec<String> {
    let findings = || run.report.findings.iter().map(|located| &located.finding);
    let with = |wanted: Applicability| {
        findings().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.applicability == wanted).count()
    };
    let mut command = "plimsoll fix".to_owned();
    if input.cluster.cluster {
        command.push_str(" --cluster");
    }
    if let Some(context) = &input.cluster.context {
        command = format!("{command} --context {}", quoted(context));
    }
    for path in &input.paths {
        command = format!("{command} {}", quoted(&path.display().to_string()));
    }
    if input.complete {
        command.push_str(" --complete");
    }
    let mut lines = Vec::new();
    lines.extend(match (with(Applicability::Safe), with(Applicability::Unsafe)) {
        (0, 0) => None,
        (0, more) => Some(format!("{more} can be fixed, with some risk, by `{command} --unsafe`.")),
        (safe, 0) => Some(format!("{safe} can be fixed safely by `{command}`.")),
        (safe, more) => Some(format!("{safe} can be fixed safely by `{command}`, {more} more with --unsafe.")),
    });
    match findings().filter(|finding| finding.new_object.is_some()).count() {
        0 => {}
        new => lines.push(format!("{new} can be fixed by adding an object, as `{command} --new-objects` does.")),
    }
    lines
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

fn describe(run: &Run<'_>, unused: &Unused) -> String {
    let place = unused.place.as_ref().and_then(|place| {
        let file = run.manifests.files.get(place.file)?;
        Some(format!("{}:{}:{}: ", file.source.name, place.span.start.line, place.span.start.column))
    });
    format!("Unused exemption: {}{}", place.unwrap_or_default(), unused.message)
}

fn count(number: usize, what: &str) -> String {
    output::count(number, what, &format!("{what}s"))
}

fn count_are(number: usize, what: &str) -> String {
    format!("{} {}", count(number, what), if number == 1 { "is" } else { "are" })
}
