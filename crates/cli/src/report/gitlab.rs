//! GitLab's code quality report.

use std::collections::HashMap;
use std::io::{self, Write};

use plimsoll::policy::metadata::Severity;
use serde::Serialize;

use super::{Run, documentation};
use crate::visible;

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
    content: Content,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// What GitLab shows when an entry is opened.
#[derive(Serialize)]
struct Content {
    body: String,
}

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    // An object may be in several files, but GitLab wants each entry to have a fingerprint of its own.
    let mut known: HashMap<(&str, usize), usize> = HashMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for located in &run.report.findings {
        let finding = &located.finding;
        let path = run.path(located.place.file);
        let same = known.entry((&located.fingerprint, located.place.file)).or_default();
        *same += 1;
        entries.push(Entry {
            description: format!("{}: {}", run.title(located), run.message(located)),
            check_name: finding.metadata.id,
            fingerprint: format!("{}/{same}/{}", located.fingerprint, visible::name(&path)),
            severity: match finding.severity {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            },
            location: Location {
                path,
                lines: Lines { begin: located.place.span.start.line, end: located.place.span.end.line },
            },
            content: Content {
                body: format!(
                    "Why: {}. Help: {}. {}",
                    finding.why(),
                    visible::message(finding.help()),
                    documentation(finding.metadata.id)
                ),
            },
        });
    }
    for problem in run.problems {
        let path = run.repository.path(problem.file.as_deref().unwrap_or("."));
        let line = problem.position.map_or(1, |position| position.line);
        entries.push(Entry {
            description: visible::message(&problem.message).into_owned(),
            check_name: "unreadable",
            fingerprint: format!("unreadable/{line}/{}", visible::name(&path)),
            severity: "blocker",
            location: Location { path, lines: Lines { begin: line, end: line } },
            content: Content { body: "What can't be read isn't checked.".to_owned() },
        });
    }
    visible::json(&mut &mut *out, &entries)
}
