//! Workflow commands of GitHub Actions, which become annotations.

use std::cmp::Reverse;
use std::io::{self, Write};

use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::Located;

use super::{Run, documentation};
use crate::visible;

/// Writes one command for each finding and each error. GitHub shows the first ten of each kind in a step, so that the worst
/// come first.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for problem in run.problems {
        let mut at = String::new();
        if let Some(file) = &problem.file {
            at = format!(" file={}", property(&run.repository.path(file)));
            if let Some(position) = &problem.position {
                at.push_str(&format!(",line={},col={}", position.line, position.column));
            }
        }
        writeln!(out, "::error{at}::{}", data(&problem.message))?;
    }
    let mut findings: Vec<&Located> = run.report.findings.iter().collect();
    findings.sort_by_key(|located| Reverse(located.finding.severity));
    for located in findings {
        let finding = &located.finding;
        let command = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium | Severity::Low => "warning",
            Severity::Info => "notice",
        };
        let (start, end) = (located.place.span.start, located.place.span.end);
        let columns = if start.line == end.line {
            format!(",col={},endColumn={}", start.column, end.column)
        } else {
            String::new()
        };
        let title = format!("{}[{}] {}", finding.severity.name(), finding.metadata.id, run.title(located));
        let said = format!(
            "{}\nWhy: {}\nHelp: {}\n{}",
            run.message(located),
            finding.why(),
            visible::message(finding.help()),
            documentation(finding.metadata.id)
        );
        writeln!(
            out,
            "::{command} file={},line={},endLine={}{columns},title={}::{}",
            property(&run.path(located.place.file)),
            start.line,
            end.line,
            property(&title),
            said.split('\n').map(data).collect::<Vec<_>>().join("%0A")
        )?;
    }
    Ok(())
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    visible::message(text).replace('%', "%25")
}

/// A property's value.
fn property(text: &str) -> String {
    visible::name(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
