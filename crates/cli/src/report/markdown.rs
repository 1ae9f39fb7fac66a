//! A summary in Markdown, for comments on pull requests and job summaries.

use std::io::{self, Write};

use plimsoll::policy::fix::Applicability;

use super::groups::{all, counts, spelt, worst_first};
use super::{Run, documentation};
use crate::output::count;
use crate::summary;
use crate::visible::{self, markup};

/// How many objects are listed.
const OBJECTS: usize = 50;
/// How many findings are listed of one object.
const FINDINGS: usize = 20;

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = all(run.report);
    let objects = count(run.manifests.objects.len(), "object", "objects");
    match all.iter().sum() {
        0 => writeln!(out, "## Plimsoll: nothing found in {objects}\n")?,
        number => {
            writeln!(out, "## Plimsoll: {} in {objects}\n\n{}.\n", count(number, "finding", "findings"), spelt(&all))?
        }
    }
    for problem in run.problems {
        writeln!(out, "- **error** {}", escaped(&problem.to_string()))?;
    }
    if !run.problems.is_empty() {
        writeln!(out)?;
    }
    let groups = worst_first(run.report);
    for group in groups.iter().take(OBJECTS) {
        let Some(first) = group.findings.first() else { continue };
        // Between tags there is no Markdown.
        let title = markup(&run.title(first)).replace('@', "&#64;");
        let counts = spelt(&counts(group.findings.iter().copied()));
        writeln!(out, "<details><summary>{title}: {counts}</summary>\n")?;
        writeln!(out, "| severity | finding | help | where |\n|---|---|---|---|")?;
        for located in group.findings.iter().take(FINDINGS) {
            let finding = &located.finding;
            let fix = finding.fix.as_ref().map_or("", |fix| match fix.applicability {
                Applicability::Safe => " (`plimsoll fix`)",
                Applicability::Unsafe => " (`plimsoll fix --unsafe`)",
                Applicability::DisplayOnly => "",
            });
            writeln!(
                out,
                "| {} | [{}]({}) {} | {}{fix} | {}:{} |",
                finding.severity.name(),
                finding.metadata.id,
                documentation(finding.metadata.id),
                escaped(&finding.message),
                escaped(finding.help()),
                escaped(&run.path(located.place.file)),
                located.place.span.start.line
            )?;
        }
        rest(out, group.findings.len(), FINDINGS, "more finding", "more findings")?;
        writeln!(out, "\n</details>\n")?;
    }
    rest(out, groups.len(), OBJECTS, "more object has findings", "more objects have findings")?;
    if let Some(unsaid) = summary::left_out(run.report) {
        writeln!(out, "{unsaid}")?;
    }
    if !run.report.suppressed.is_empty() {
        writeln!(out, "{} exempt.", count(run.report.suppressed.len(), "finding is", "findings are"))?;
    }
    Ok(())
}

/// Says how many there are that are not listed.
fn rest(out: &mut dyn Write, all: usize, listed: usize, one: &str, many: &str) -> io::Result<()> {
    match all.saturating_sub(listed) {
        0 => Ok(()),
        more => writeln!(out, "\n… {}", count(more, one, many)),
    }
}

/// Text as text: no markup, no mention of people, no address that becomes a link.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for c in visible::message(text).chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '@' => shown.push_str("&#64;"),
            '|' => shown.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' => shown.extend(['\\', c]),
            c => shown.push(c),
        }
    }
    shown.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("a|b <img> @all"), "a&#124;b &lt;img&gt; &#64;all");
        assert_eq!(escaped("[x](http://e.com)\n# y"), "\\[x\\](http:&#47;&#47;e.com)\\\\n\\# y");
    }
}
