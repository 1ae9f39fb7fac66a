//! The text that the demo prints.

use std::io::{self, Write};
use std::path::Path;

use plimsoll::kube::kinds::Kind;
use plimsoll::kube::object;
use serde_json::{Value, json};
use textwrap::{Options, WordSplitter};

use crate::apply::Answer;
use crate::finding::Finding;

/// The layout of the answers.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Characters in a line.
    pub width: usize,
    /// How many findings and changes to show for each object.
    pub most: usize,
}

/// Writes kubectl's output for each object, then the patches that fixes would make.
pub fn write(out: &mut dyn Write, manifest: &Path, answers: &[Answer<'_>], layout: Layout) -> io::Result<()> {
    writeln!(out, "$ kubectl apply -f {}", manifest.display())?;
    for answer in answers {
        let title = title(answer.object);
        match answer.denials.len() + answer.unshown {
            0 if answer.asked => writeln!(out, "\n{title} created")?,
            0 => writeln!(out, "\n{title} created; no policy checks this kind")?,
            count => writeln!(out, "\n{title} denied: {}", counted(count, "finding"))?,
        }
        list(out, &answer.denials, answer.unshown, layout)?;
        if !answer.warnings.is_empty() {
            writeln!(out, "  {}:", counted(answer.warnings.len(), "warning"))?;
        }
        list(out, &answer.warnings, 0, layout)?;
    }

    if answers.iter().any(|answer| !answer.patches.is_empty()) {
        writeln!(out, "\nWith `onViolation: fix` the policies would change instead:")?;
    }
    for answer in answers {
        patches(out, answer, layout)?;
    }

    let denied = answers.iter().filter(|answer| !answer.denials.is_empty()).count();
    let denials: usize = answers.iter().map(|answer| answer.denials.len() + answer.unshown).sum();
    let warnings: usize = answers.iter().map(|answer| answer.warnings.len()).sum();
    writeln!(
        out,
        "\n{}: {denied} denied ({}), {} created, {}",
        counted(answers.len(), "object"),
        counted(denials, "finding"),
        answers.len() - denied,
        counted(warnings, "warning"),
    )
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first finding of each of the worst policies, and the number of all others, those without text included.
fn list(out: &mut dyn Write, all: &[Finding], unshown: usize, layout: Layout) -> io::Result<()> {
    let policies: Vec<&[Finding]> = all.chunk_by(|one, next| one.policy == next.policy).collect();
    let mut shown = 0;
    for findings in policies.into_iter().take(layout.most) {
        let [finding, more @ ..] = findings else { continue };
        shown += findings.len();
        let severity = finding.severity.name();
        let times = if more.is_empty() { String::new() } else { format!(" ×{}", findings.len()) };
        let text = format!("{} [{}{times}]", finding.message, finding.policy);
        wrapped(out, &format!("  {severity:<9}"), &text, layout.width)?;
        if !finding.help.is_empty() {
            wrapped(out, &" ".repeat(11), &format!("help: {}", finding.help), layout.width)?;
        }
    }
    and_more(out, "  ", all.len() - shown + unshown)
}

/// The changes that fixes would make to an object, policy by policy.
fn patches(out: &mut dyn Write, answer: &Answer<'_>, layout: Layout) -> io::Result<()> {
    if answer.patches.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", title(answer.object))?;
    for (policy, patch) in answer.patches.iter().take(layout.most) {
        writeln!(out, "  {policy}")?;
        for operation in patch.0.iter().take(layout.most) {
            wrapped(out, "    ", &in_words(&json!(operation)), layout.width)?;
        }
        and_more(out, "    ", patch.0.len().saturating_sub(layout.most))?;
    }
    and_more(out, "  ", answer.patches.len().saturating_sub(layout.most))
}

/// An operation of a patch: `add /spec/replicas: 2`.
fn in_words(operation: &Value) -> String {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
    let value = operation.get("value").map(|value| format!(": {value}")).unwrap_or_default();
    format!("{} {}{value}", text("op"), text("path"))
}

fn and_more(out: &mut dyn Write, indent: &str, more: usize) -> io::Result<()> {
    if more == 0 { Ok(()) } else { writeln!(out, "{indent}and {more} more") }
}

/// A text after `indent`, wrapped at the terminal's width with a hanging indent.
fn wrapped(out: &mut dyn Write, indent: &str, text: &str, width: usize) -> io::Result<()> {
    let below = " ".repeat(indent.len());
    let options =
        Options::new(width).initial_indent(indent).subsequent_indent(&below).word_splitter(WordSplitter::NoHyphenation);
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
    fn report_fits_the_terminal_and_counts_omitted_findings() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
        let of = |policy: &str| {
            let words = "word ".repeat(40);
            format!("\n[{policy}] it hurts:\n- {words} (at spec); do it\n- {words} (at spec); do it")
        };
        let refusal = format!("6 findings{}{}{}", of("missing-prestop"), of("root-user"), of("floating-tag"));
        let answer = Answer {
            object: &object,
            asked: true,
            denials: denials(&refusal, "suite"),
            unshown: 3,
            warnings: Vec::new(),
            patches: Vec::new(),
        };
        let mut out = Vec::new();
        write(&mut out, Path::new("web.yaml"), &[answer], Layout { width: 60, most: 2 }).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("\ndeployment.apps/web denied: 9 findings\n"), "{text}");
        assert!(text.contains("[missing-prestop ×2]") && text.contains("[root-user ×2]"), "{text}");
        assert!(text.contains("\n  and 5 more\n") && !text.contains("floating-tag"), "{text}");
    }
}
