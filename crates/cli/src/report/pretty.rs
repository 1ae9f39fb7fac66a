//! The report for people: findings by object, the worst first.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::{self, Write};

use plimsoll::policy::fix::Applicability;
use plimsoll_lint::check::Located;
use rayon::prelude::*;

use super::edits::Edits;
use super::excerpt::Excerpt;
use super::groups::{Group, counts, spelt, worst_first};
use super::style::Style;
use super::{Run, documentation};
use crate::markdown::wrapped;
use crate::visible;

/// How many objects are rendered before they are written: bounds the memory, and keeps all threads busy.
const BATCH: usize = 256;
/// How many added lines are shown of a fix.
const ADDED: usize = 16;

/// Writes all findings.
pub(super) fn write(run: &Run<'_>, style: Style, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut known = HashSet::new();
    let groups: Vec<(Group<'_>, Vec<Line<'_>>)> = worst_first(run.report)
        .into_iter()
        .map(|group| {
            let mut lines = lines(&group);
            // Why a practice matters is said once; then it is known.
            for (located, first) in lines.iter_mut().flat_map(|line| &mut line.findings) {
                *first = known.insert(located.finding.metadata.id);
            }
            (group, lines)
        })
        .collect();
    for batch in groups.chunks(BATCH) {
        let texts: Vec<String> = batch
            .par_iter()
            .map(|(group, lines)| Page { run, style, width, text: String::new() }.group(group, lines))
            .collect();
        for text in texts {
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// The findings that start on one line, and whether each is the first of its policy.
struct Line<'r> {
    findings: Vec<(&'r Located, bool)>,
}

/// The findings of an object by their lines: the worst first, then as in the text.
fn lines<'r>(group: &Group<'r>) -> Vec<Line<'r>> {
    let place = |located: &Located| (located.place.file, located.place.span.start.line);
    let mut lines: Vec<Line<'r>> = group
        .findings
        .chunk_by(|one, other| place(one) == place(other))
        .map(|findings| {
            let mut findings: Vec<(&Located, bool)> = findings.iter().map(|located| (*located, false)).collect();
            findings.sort_by_key(|(located, _)| Reverse(located.finding.severity));
            Line { findings }
        })
        .collect();
    lines.sort_by_key(|line| Reverse(line.findings.iter().map(|(located, _)| located.finding.severity).max()));
    lines
}

/// The text about one object, in the making.
struct Page<'a, 'r> {
    run: &'a Run<'r>,
    style: Style,
    width: usize,
    text: String,
}

impl Page<'_, '_> {
    fn group(mut self, group: &Group<'_>, lines: &[Line<'_>]) -> String {
        let Some(first) = group.findings.first() else { return self.text };
        let title = self.style.bold(&self.run.title(first));
        let counts = spelt(&counts(group.findings.iter().copied()));
        self.line(&format!("{title}: {counts}"));
        let edits = Edits::of(self.run, group.object);
        for line in lines {
            self.excerpt(line);
            for (located, first) in &line.findings {
                self.finding(located, *first, edits.as_ref());
            }
        }
        self.line("");
        self.text
    }

    /// Where the findings are, and the line itself.
    fn excerpt(&mut self, line: &Line<'_>) {
        let Some((first, _)) = line.findings.first() else { return };
        let url = self.run.repository.url(self.run.file(first.place.file));
        let location = self.style.link(&url, &self.run.location(&first.place));
        let number = first.place.span.start.line.to_string();
        // The line of a secret would go into the logs of whatever runs this.
        let is_secret = line.findings.iter().any(|(located, _)| located.finding.confidential.is_some());
        let places = line.findings.iter().map(|(located, _)| &located.place);
        let room = self.width.saturating_sub(number.len() + 5);
        match Excerpt::of(self.run, places, room).filter(|_| !is_secret) {
            Some(excerpt) => {
                self.line(format!("  {number} | {}", excerpt.text).trim_end());
                let carets = excerpt.carets();
                // The place goes where there is room.
                let fits = carets.len() + self.run.location(&first.place).chars().count() < room;
                let below = if fits { format!("{carets} {location}") } else { carets };
                self.line(&format!("  {:1$} | {below}", "", number.len()));
                if !fits {
                    self.line(&format!("  --> {location}"));
                }
            }
            None => self.line(&format!("  --> {location}")),
        }
    }

    fn finding(&mut self, located: &Located, first: bool, edits: Option<&Edits<'_>>) {
        let finding = &located.finding;
        let id = finding.metadata.id;
        let head = format!("{}[{id}]", finding.severity.name());
        let coloured = self.style.severity(finding.severity);
        let linked = format!("{coloured}[{}]", self.style.link(&documentation(id), id));
        // Wrapped as it is seen, without colours and links.
        let wrapped = self.wrapped("  ", "    ", &format!("{head}: {}", self.run.message(located)));
        self.line(&wrapped.replacen(&head, &linked, 1));
        for (related, place) in finding.related.iter().zip(&located.related) {
            let slash = if related.namespace.is_empty() { "" } else { "/" };
            let title = format!("{} {}{slash}{}", related.kind, related.namespace, related.name);
            let title = visible::name(&title);
            let at = place.as_ref().map(|place| format!(" at {}", self.run.location(place))).unwrap_or_default();
            self.entry("see", &format!("{title}{at}: {}", visible::message(&related.message)));
        }
        if first || finding.why.is_some() {
            self.entry("why", finding.why());
        }
        let fix = finding.fix.as_ref().filter(|fix| fix.applicability != Applicability::DisplayOnly);
        let added = edits.filter(|_| fix.is_some()).and_then(|edits| edits.added_lines(located));
        let how = fix.map(|fix| match fix.applicability {
            Applicability::Unsafe => "`plimsoll fix --unsafe`",
            _ => "`plimsoll fix`",
        });
        let help = visible::message(finding.help());
        match (fix, how) {
            // What the fix does is in its lines, or its title is the advice.
            (Some(fix), Some(how)) if added.is_some() || fix.title == finding.help() => {
                self.entry("fix", &format!("{help} ({how})"));
            }
            (Some(fix), Some(how)) => {
                self.entry("help", &help);
                self.entry("fix", &format!("{} ({how})", visible::message(&fix.title)));
            }
            _ => {
                self.entry("help", &help);
                // One that can't be made in files, or that only a person can weigh.
                let by_hand = finding.fix.as_ref().filter(|fix| fix.title != finding.help());
                if let Some(fix) = by_hand {
                    self.entry("fix", &format!("{} (by hand)", visible::message(&fix.title)));
                }
            }
        }
        if let Some(addition) = finding.addition() {
            let safe = addition == Applicability::Safe;
            self.entry(
                "fix",
                if safe { "`plimsoll fix --new-objects`" } else { "`plimsoll fix --unsafe --new-objects`" },
            );
        }
        self.added(&added.unwrap_or_default());
    }

    fn added(&mut self, lines: &[String]) {
        for line in lines.iter().take(ADDED) {
            let room = self.width.saturating_sub(6);
            let mut shown: String = visible::visible(&line.replace('\t', "  ")).chars().take(room).collect();
            if shown.chars().count() == room {
                shown.push('…');
            }
            let plus = self.style.plus();
            self.line(format!("    {plus} {shown}").trim_end());
        }
        if let Some(more @ 1..) = lines.len().checked_sub(ADDED) {
            self.line(&format!("      … {more} more"));
        }
    }

    fn entry(&mut self, name: &str, text: &str) {
        let text = self.wrapped("    ", "      ", &format!("{name}: {text}"));
        self.line(&text);
    }

    fn wrapped(&self, first: &str, rest: &str, text: &str) -> String {
        let options = wrapped(self.width).initial_indent(first).subsequent_indent(rest).break_words(true);
        textwrap::fill(text, options)
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}
