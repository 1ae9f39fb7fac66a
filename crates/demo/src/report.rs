//! What a person sees.

use std::io::{self, Write};
use std::path::Path;

use plimsoll::kube::kinds::Kind;
use plimsoll::kube::object;
use serde_json::{Value, json};
use textwrap::Options;

use crate::apply::Answer;
use crate::finding::Finding;

/// How the answers are shown.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Characters in a line.
    pub width: usize,
    /// Findings and changes of an object that are written out, of each.
    pub most: usize,
}

/// Writes what kubectl would get as an answer for each object, then the patches that could be had.
pub fn write(out: &mut dyn Write, manifest: &Path, answers: &[Answer<'_>], layout: Layout) -> io::Result<()> {
    writeln!(out, "$ kubectl apply -f {}", manifest.display())?;
    for answer in answers {
        let title = title(answer.object);
        match answer.denials.len() {
            0 if answer.asked => writeln!(out, "\n{title} created")?,
            0 => writeln!(out, "\n{title} created; no policy checks this kind")?,
            count => writeln!(out, "\n{title} denied: {}", findings(count))?,
        }
        list(out, &answer.denials, layout)?;
        if !answer.warnings.is_empty() {
            writeln!(out, "  Warning:")?;
        }
        list(out, &answer.warnings, layout)?;
    }

    if answers.iter().any(|answer| !answer.patches.is_empty()) {
        writeln!(out, "\nWith `onViolation: fix` the policies would change instead:")?;
    }
    for answer in answers {
        patches(out, answer, layout)?;
    }

    let denied = answers.iter().filter(|answer| !answer.denials.is_empty()).count();
    let denials: usize = answers.iter().map(|answer| answer.denials.len()).sum();
    let warnings: usize = answers.iter().map(|answer| answer.warnings.len()).sum();
    writeln!(
        out,
        "\n{} objects: {denied} denied ({}), {} created, {warnings} warned of",
        answers.len(),
        findings(denials),
        answers.len() - denied,
    )
}

fn findings(count: usize) -> String {
    format!("{count} {}", if count == 1 { "finding" } else { "findings" })
}

/// The worst findings, and how many more there are.
fn list(out: &mut dyn Write, all: &[Finding], layout: Layout) -> io::Result<()> {
    for finding in all.iter().take(layout.most) {
        let severity = finding.severity.name();
        let text = format!("{} [{}]", finding.message, finding.policy);
        wrapped(out, &format!("  {severity:<9}"), &text, layout.width)?;
        if !finding.help.is_empty() {
            wrapped(out, &" ".repeat(11), &format!("help: {}", finding.help), layout.width)?;
        }
    }
    and_more(out, all.len(), layout)
}

/// What would be changed in an object, policy by policy.
fn patches(out: &mut dyn Write, answer: &Answer<'_>, layout: Layout) -> io::Result<()> {
    if answer.patches.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", title(answer.object))?;
    for (policy, patch) in answer.patches.iter().take(layout.most) {
        writeln!(out, "  {policy}")?;
        for operation in patch.0.iter().take(layout.most) {
            wrapped(out, "    ", &json!(operation).to_string(), layout.width)?;
        }
        and_more(out, patch.0.len(), layout)?;
    }
    and_more(out, answer.patches.len(), layout)
}

fn and_more(out: &mut dyn Write, all: usize, layout: Layout) -> io::Result<()> {
    match all.saturating_sub(layout.most) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

/// A text behind `indent`, as wide as the terminal; its further lines stand below its first.
fn wrapped(out: &mut dyn Write, indent: &str, text: &str, width: usize) -> io::Result<()> {
    let below = " ".repeat(indent.len());
    let options = Options::new(width).initial_indent(indent).subsequent_indent(&below);
    writeln!(out, "{}", textwrap::fill(text, options))
}

/// As kubectl names objects: `deployment.apps/web`.
fn title(object: &Value) -> String {
    let name = object::name(object).unwrap_or("(without a name)");
    match Kind::of(object) {
        Some(kind) if kind.group.is_empty() => format!("{}/{name}", kind.name.to_lowercase()),
        Some(kind) => format!("{}.{}/{name}", kind.name.to_lowercase(), kind.group),
        None => format!("{}/{name}", object::text(object, &["kind"]).unwrap_or_default().to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Layout, write};
    use crate::apply::Answer;
    use crate::finding::denials;

    #[test]
    fn the_report_fits_the_terminal_and_counts_what_it_leaves_out() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
        let lines: String =
            (0..9).map(|number| format!("\n- {} (at spec); do it", "word ".repeat(40 + number))).collect();
        let answer = Answer {
            object: &object,
            asked: true,
            denials: denials(&format!("9 findings\n[missing-prestop] it hurts:{lines}"), "suite"),
            warnings: Vec::new(),
            patches: Vec::new(),
        };
        let mut out = Vec::new();
        write(&mut out, Path::new("web.yaml"), &[answer], Layout { width: 60, most: 4 }).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("\ndeployment.apps/web denied: 9 findings\n"), "{text}");
        assert!(text.contains("\n  and 5 more\n"), "{text}");
        assert_eq!(text.matches("[missing-prestop]").count(), 4, "{text}");
    }
}
