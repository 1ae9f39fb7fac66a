//! SARIF 2.1.0, the OASIS standard for results of static analysis.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll::engine::evaluate::Suppression;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::{Category, Metadata, Severity};
use plimsoll_lint::check::Located;
use plimsoll_lint::places::Place;
use plimsoll_manifest::{Position, Span};
use serde_json::{Map, Value, json};

use super::edits::Edits;
use super::paths::percent;
use super::{PROJECT, Run, documentation};
use crate::visible;

/// What paths are relative to; whoever reads the report knows where that is.
const ROOT: &str = "SRCROOT";

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = rules(run);
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, metadata)| (metadata.id, at)).collect();
    let mut writer = Results { run, index, edits: None };
    let mut results: Vec<Value> = run.report.findings.iter().map(|located| writer.result(located)).collect();
    for suppressed in &run.report.suppressed {
        let mut result = writer.result(&suppressed.located);
        let kind = match suppressed.suppression {
            Suppression::Annotation(_) => "inSource",
            Suppression::Exemption(_) => "external",
        };
        let reason = visible::message(&suppressed.reason);
        set(&mut result, "suppressions", json!([{"kind": kind, "status": "accepted", "justification": reason}]));
        results.push(result);
    }
    let notifications: Vec<Value> = run.problems.iter().map(|problem| notification(run, problem)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Plimsoll",
                "informationUri": PROJECT,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|metadata| rule(metadata)).collect::<Vec<_>>(),
            }},
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": run.problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": {"profile": run.profile.name()},
        }],
    });
    visible::json(&mut &mut *out, &log)
}

/// The policies with results, by their ids.
fn rules(run: &Run<'_>) -> Vec<&'static Metadata> {
    let suppressed = run.report.suppressed.iter().map(|suppressed| &suppressed.located);
    let found = run.report.findings.iter().chain(suppressed).map(|located| located.finding.metadata);
    let by_id: BTreeMap<&str, &'static Metadata> = found.map(|metadata| (metadata.id, metadata)).collect();
    by_id.into_values().collect()
}

fn rule(metadata: &Metadata) -> Value {
    let sources: Vec<String> =
        metadata.sources.iter().map(|source| format!("- [{}]({})", source.title, source.url)).collect();
    let text = format!("{}. Why: {}. Help: {}.", metadata.title, metadata.why, metadata.help);
    let markdown = format!(
        "{}.\n\n**Why:** {}.\n\n**Help:** {}.\n\n[More]({})\n\n{}",
        metadata.title,
        metadata.why,
        metadata.help,
        documentation(metadata.id),
        sources.join("\n")
    );
    let mut tags = vec![metadata.category.name(), metadata.profile.name()];
    let is_about_security = matches!(metadata.category, Category::Security | Category::Access);
    let tag = Category::Security.name();
    if is_about_security && !tags.contains(&tag) {
        tags.push(tag);
    }
    let mut properties = json!({
        "tags": tags,
        "problem.severity": problem_severity(metadata.severity),
    });
    if is_about_security {
        // GitHub's scale for what it lists as a security alert.
        let score = match metadata.severity {
            Severity::Critical => "9.5",
            Severity::High => "8.0",
            Severity::Medium => "5.5",
            Severity::Low => "2.5",
            Severity::Info => "0.5",
        };
        set(&mut properties, "security-severity", json!(score));
    }
    let mut rule = json!({
        "id": metadata.id,
        "shortDescription": {"text": metadata.title},
        "fullDescription": {"text": format!("{}: {}.", metadata.title, metadata.why)},
        "help": {"text": text, "markdown": markdown.trim_end()},
        "helpUri": documentation(metadata.id),
        "defaultConfiguration": {"level": level(metadata.severity)},
        "properties": properties,
    });
    if !metadata.renamed_from.is_empty() {
        set(&mut rule, "deprecatedIds", json!(metadata.renamed_from));
    }
    rule
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "recommendation",
    }
}

struct Results<'a, 'r> {
    run: &'a Run<'r>,
    index: BTreeMap<&'static str, usize>,
    /// The document that was read last, with its object: findings on an object mostly stand together.
    edits: Option<(usize, Option<Edits<'r>>)>,
}

impl<'r> Results<'_, 'r> {
    fn result(&mut self, located: &Located) -> Value {
        let run = self.run;
        let finding = &located.finding;
        let title = run.title(located);
        let kind = run.object(located).map(|object| object.text("/kind")).unwrap_or_default();
        let mut result = json!({
            "ruleId": finding.metadata.id,
            "level": level(finding.severity),
            "message": text(&format!("{}: {}", title, run.message(located))),
            "locations": [{
                "physicalLocation": physical(run, &located.place),
                "logicalLocations": [{
                    "name": visible::name(run.object(located).map(|object| object.name()).unwrap_or_default()),
                    "fullyQualifiedName": format!("{title}{}", visible::name(finding.path.as_str())),
                    "kind": visible::name(kind),
                }],
            }],
            "partialFingerprints": {"plimsoll/v1": located.fingerprint},
            "properties": {
                "severity": finding.severity.name(),
                "why": finding.why(),
                "help": visible::message(finding.help()),
            },
        });
        if let Some(index) = self.index.get(finding.metadata.id) {
            set(&mut result, "ruleIndex", json!(index));
        }
        let related: Vec<Value> = finding
            .related
            .iter()
            .zip(&located.related)
            .filter_map(|(related, place)| {
                let what = format!("{} {}: {}", related.kind, related.name, related.message);
                Some(json!({"physicalLocation": physical(run, place.as_ref()?), "message": text(&visible::message(&what))}))
            })
            .enumerate()
            .map(|(id, mut location)| {
                set(&mut location, "id", json!(id));
                location
            })
            .collect();
        if !related.is_empty() {
            set(&mut result, "relatedLocations", json!(related));
        }
        if let Some(fix) = self.fix(located) {
            set(&mut result, "fixes", json!([fix]));
        }
        result
    }

    /// The finding's fix as replacements in the file.
    fn fix(&mut self, located: &Located) -> Option<Value> {
        let fix = located.finding.fix.as_ref()?;
        let risk = match fix.applicability {
            Applicability::Safe => "",
            Applicability::Unsafe => " (this may change how the workload behaves)",
            Applicability::DisplayOnly => return None,
        };
        if self.edits.as_ref().is_none_or(|(object, _)| *object != located.object) {
            self.edits = Some((located.object, Edits::of(self.run, located.object)));
        }
        let edits = self.edits.as_ref()?.1.as_ref()?.made_by(located)?;
        let lines = self.run.places.lines(located.place.file)?;
        let replacements: Vec<Value> = edits
            .into_iter()
            .map(|edit| {
                let mut replacement = json!({"deletedRegion": region(lines.span(edit.range))});
                if !edit.replacement.is_empty() {
                    set(&mut replacement, "insertedContent", json!({"text": edit.replacement}));
                }
                replacement
            })
            .collect();
        Some(json!({
            "description": text(&visible::message(&format!("{}{risk}", fix.title))),
            "artifactChanges": [{
                "artifactLocation": artifact(self.run, self.run.file(located.place.file)),
                "replacements": replacements,
            }],
        }))
    }
}

fn notification(run: &Run<'_>, problem: &plimsoll_lint::problem::Problem) -> Value {
    let mut notification = json!({"level": "error", "message": text(&visible::message(&problem.message))});
    if let Some(file) = &problem.file {
        let mut physical = json!({"artifactLocation": artifact(run, file)});
        if let Some(Position { line, column, .. }) = problem.position {
            set(&mut physical, "region", json!({"startLine": line, "startColumn": column}));
        }
        set(&mut notification, "locations", json!([{"physicalLocation": physical}]));
    }
    notification
}

fn physical(run: &Run<'_>, place: &Place) -> Value {
    json!({"artifactLocation": artifact(run, run.file(place.file)), "region": region(place.span)})
}

fn artifact(run: &Run<'_>, file: &str) -> Value {
    let path = run.repository.path(file);
    // An absolute path is relative to nothing.
    if path.starts_with('/') {
        return json!({"uri": run.repository.url(file)});
    }
    json!({"uri": percent(&path), "uriBaseId": ROOT})
}

fn region(Span { start, end }: Span) -> Value {
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

/// A message: in SARIF braces are places for arguments, and `[text](address)` is a link.
fn text(words: &str) -> Value {
    let words = words.replace('{', "{{").replace('}', "}}");
    json!({"text": words.replace("](", "\\](")})
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        let fields: &mut Map<String, Value> = fields;
        fields.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_access_are_about_security() {
        for (category, tags) in [
            (Category::Access, json!(["access", "off", "security"])),
            (Category::Security, json!(["security", "off"])),
            (Category::Lifecycle, json!(["lifecycle", "off"])),
        ] {
            let rule = rule(&Metadata { category, ..Metadata::DEFAULT });
            assert_eq!(rule.pointer("/properties/tags"), Some(&tags));
            let score = rule.pointer("/properties/security-severity");
            assert_eq!(score.is_some(), category != Category::Lifecycle, "{tags}");
        }
    }

    #[test]
    fn rule_has_the_ids_that_its_policy_had() {
        let ids = |renamed_from| rule(&Metadata { renamed_from, ..Metadata::DEFAULT }).get("deprecatedIds").cloned();
        assert_eq!(ids(&["old-name"]), Some(json!(["old-name"])));
        assert_eq!(ids(&[]), None);
    }
}
