//! Every policy checks its fixtures: it reports on the marked lines and nowhere else, with the recorded messages.
//!
//! `BLESS=1` records the messages (`*.snap`, `*.fixed.yaml`), never the markers. `POLICY=<id>` limits this to one
//! policy.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use plimsoll::engine::evaluate::{Report, Suppression, evaluate};
use plimsoll::engine::fix::fix;
use plimsoll::json::edit::Edit;
use plimsoll::policies::POLICIES;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::fix::Applicability;
use plimsoll_fixtures::{Case, Checked, File, without_markers};
use plimsoll_manifest::apply_fix;
use serde_json::Value;
use similar::TextDiff;
use support::{configured, files, report, title};

/// The policy's report for every checked object of a file, in the order of the text.
fn reports(file: &File) -> Vec<(&Case, &Checked, Report)> {
    let mut reports = Vec::new();
    for case in &file.cases {
        let configured = [configured(case)];
        let inventory = case.objects();
        for checked in &case.checked {
            let report = evaluate(&configured, &case.review(&checked.object, &inventory));
            reports.push((case, checked, report));
        }
    }
    reports
}

#[test]
fn findings_are_on_the_marked_lines() {
    let mut failures = Vec::new();
    for file in files() {
        let mut lines: BTreeMap<usize, (usize, Vec<String>)> = BTreeMap::new();
        for marker in &file.markers {
            if marker.id == file.policy {
                lines.entry(marker.line).or_default().0 += 1;
            } else {
                failures.push(format!("{}:{}: a marker for `{}`", file.path.display(), marker.line, marker.id));
            }
        }
        for (_, checked, report) in reports(&file) {
            for finding in report.findings {
                let said = format!("{} (at {})", finding.message, finding.path);
                lines.entry(file.line_of(checked, &finding.path)).or_default().1.push(said);
            }
        }
        for (line, (expected, found)) in lines {
            if expected == found.len() {
                continue;
            }
            let text = file.text.lines().nth(line - 1).unwrap_or_default().trim();
            let mut failure = format!(
                "{}:{line}: {expected} findings marked, {} found\n    | {text}",
                file.path.display(),
                found.len()
            );
            for said in found {
                write!(failure, "\n    - {said}").unwrap();
            }
            failures.push(failure);
        }
    }
    report(&failures);
}

#[test]
fn pass_files_have_no_markers_and_fail_files_have_some() {
    let mut failures = Vec::new();
    for file in files() {
        let found = file.markers.len();
        if file.name.starts_with("pass") && found > 0 {
            failures.push(format!("{}: a pass file must not have markers", file.path.display()));
        }
        if file.name.starts_with("fail") && found == 0 {
            failures.push(format!("{}: a fail file needs a marker", file.path.display()));
        }
    }
    report(&failures);
}

#[test]
fn only_failing_cases_cannot_be_checked() {
    let mut failures = Vec::new();
    for file in files() {
        let reports = reports(&file);
        for case in &file.cases {
            let of_case = reports.iter().filter(|(other, ..)| std::ptr::eq(*other, case));
            let errors: Vec<String> =
                of_case.flat_map(|(_, _, report)| &report.errors).map(|error| error.error.to_string()).collect();
            if case.fails.is_some() && errors.is_empty() {
                failures.push(format!("{}: `fails:`, but the policy could check it", title(case)));
            }
            // In incomplete cases, kinds without an object are unknown, and policies that need them report an error.
            if case.fails.is_none() && case.complete && !errors.is_empty() {
                failures.push(format!("{}: not checked: {}", title(case), errors.join("; ")));
            }
        }
    }
    report(&failures);
}

#[test]
fn messages_match_the_snapshots() {
    let mut failures = Vec::new();
    for file in files() {
        let path = file.path.with_extension("snap");
        failures.extend(compare(&path, &snapshot(&file)));
    }
    failures.extend(strays("snap"));
    report(&failures);
}

#[test]
fn fixed_text_matches_the_recorded_file() {
    let mut failures = Vec::new();
    for file in files() {
        let path = file.path.with_extension("fixed.yaml");
        match fixed(&file) {
            Ok(Some(text)) => failures.extend(compare(&path, &text)),
            Ok(None) if path.exists() && blesses() => fs::remove_file(&path).unwrap(),
            Ok(None) if path.exists() => {
                failures.push(format!("{}: nothing is fixed any more; {BLESS_HINT}", path.display()))
            }
            Ok(None) => {}
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(strays("fixed.yaml"));
    report(&failures);
}

/// The text of a file after all applicable fixes; `None` without any.
fn fixed(file: &File) -> Result<Option<String>, String> {
    let mut text = file.text.clone();
    for case in &file.cases {
        let policies = [configured(case)];
        let inventory = case.objects();
        for checked in &case.checked {
            let review = case.review(&checked.object, &inventory);
            let fixed = fix(&policies, &review, &|_| Some(Applicability::Unsafe));
            let document = file.documents[checked.document].index;
            for fix in &fixed.fixes {
                text = apply_fix(&text, document, &checked.path, fix)
                    .map_err(|refused| format!("{}: the fix \"{}\" has no text: {refused}", title(case), fix.title))?;
            }
        }
    }
    Ok((text != file.text).then(|| without_markers(&text)))
}

/// The findings of a whole file as readable text.
fn snapshot(file: &File) -> String {
    let mut out = String::new();
    let mut last: Option<&Case> = None;
    for (case, checked, report) in reports(file) {
        if !last.is_some_and(|last| std::ptr::eq(last, case)) {
            let name = if case.name.is_empty() { "default settings" } else { &case.name };
            writeln!(out, "{}# {name}", if last.is_some() { "\n" } else { "" }).unwrap();
            last = Some(case);
        }
        let text = |pointer: &str| checked.object.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
        writeln!(out, "{} {}", text("/kind"), text("/metadata/name")).unwrap();
        if report.findings.is_empty() && report.suppressed.is_empty() && report.errors.is_empty() {
            writeln!(out, "  nothing").unwrap();
        }
        for finding in &report.findings {
            write_finding(&mut out, finding, "");
        }
        for suppressed in &report.suppressed {
            let suppression = match &suppressed.suppression {
                Suppression::Exemption(position) => format!("exempt by exemption {position}: "),
                Suppression::Annotation(reason) => format!("exempt by annotation ({reason}): "),
            };
            write_finding(&mut out, &suppressed.finding, &suppression);
        }
        for unchecked in &report.errors {
            writeln!(out, "  cannot check: {}", unchecked.error).unwrap();
        }
    }
    out
}

fn write_finding(out: &mut String, finding: &Finding, suppression: &str) {
    writeln!(out, "  {suppression}{}: {}", finding.severity.name(), finding.message).unwrap();
    writeln!(out, "    at: {}", finding.path).unwrap();
    if let Some(container) = &finding.container {
        writeln!(out, "    container: {container}").unwrap();
    }
    writeln!(out, "    help: {}", finding.help()).unwrap();
    for related in &finding.related {
        let name = [&related.namespace, &related.name].into_iter().filter(|part| !part.is_empty());
        let name = name.map(String::as_str).collect::<Vec<_>>().join("/");
        writeln!(out, "    related: {} {name} at {}: {}", related.kind, related.path, related.message).unwrap();
    }
    if let Some(fix) = &finding.fix {
        writeln!(out, "    {} fix: {}", fix.applicability.name(), fix.title).unwrap();
        for edit in &fix.edits {
            let (verb, value) = match edit {
                Edit::Set { value, .. } => ("set", format!(" = {value}")),
                Edit::Append { value, .. } => ("append to", format!(" {value}")),
                Edit::Remove { .. } => ("remove", String::new()),
            };
            writeln!(out, "      {verb} {}{value}", edit.at()).unwrap();
        }
    }
    if let Some(object) = &finding.new_object {
        writeln!(out, "    new object:").unwrap();
        for line in serde_json::to_string_pretty(object).unwrap().lines() {
            writeln!(out, "      {line}").unwrap();
        }
    }
}

/// Compares a recorded file with the new content, or records that.
fn compare(path: &FilePath, new: &str) -> Option<String> {
    let old = fs::read_to_string(path).unwrap_or_default();
    if old == new && path.exists() {
        return None;
    }
    if blesses() {
        fs::write(path, new).unwrap();
        return None;
    }
    let diff = TextDiff::from_lines(old.as_str(), new);
    let diff = diff.unified_diff().context_radius(3).header("recorded", "now").to_string();
    Some(format!("{} is stale; {BLESS_HINT}\n{diff}", path.display()))
}

const BLESS_HINT: &str = "if the change is intended: BLESS=1 cargo nextest run -p plimsoll --test fixtures";

fn blesses() -> bool {
    plimsoll_fixtures::blesses()
}

/// Recorded files whose fixture file is gone.
fn strays(extension: &str) -> Vec<String> {
    let mut failures = Vec::new();
    for entry in POLICIES {
        let Ok(dir) = fs::read_dir(plimsoll_fixtures::dir_of(entry.metadata.id)) else { continue };
        for entry in dir {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let Some(stem) = name.strip_suffix(extension).and_then(|name| name.strip_suffix('.')) else { continue };
            if path.with_file_name(format!("{stem}.yaml")).exists() {
                continue;
            }
            if blesses() {
                fs::remove_file(&path).unwrap();
            } else {
                failures.push(format!("{} has no fixture file; {BLESS_HINT}", path.display()));
            }
        }
    }
    failures
}

#[test]
fn every_fixture_directory_belongs_to_a_policy() {
    let Ok(dir) = fs::read_dir(plimsoll_fixtures::policies_dir()) else { return };
    for entry in dir {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let known = POLICIES.iter().any(|entry| entry.metadata.id == name);
        assert!(known || !path.join("fixtures").exists(), "unknown policy `{name}`");
    }
}
