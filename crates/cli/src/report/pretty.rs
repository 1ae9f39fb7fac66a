//! The report for people.

use std::collections::HashSet;
use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, normalize_untrusted_str};
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::Located;
use rayon::prelude::*;

use crate::report::Run;
use crate::report::excerpt::Excerpt;

/// How many findings are rendered before they are written: bounds the memory, and keeps all threads busy.
const BATCH: usize = 1024;

/// Writes all findings.
pub(crate) fn write(run: &Run<'_>, coloured: bool, width: usize, out: &mut impl Write) -> io::Result<()> {
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() }.term_width(width);
    let mut told = HashSet::new();
    // Why a practice matters is told once; then it is known.
    let firsts: Vec<(&Located, bool)> =
        run.report.findings.iter().map(|located| (located, told.insert(located.finding.metadata.id))).collect();
    for batch in firsts.chunks(BATCH) {
        let texts: Vec<String> =
            batch.par_iter().map(|(located, first)| render(run, located, *first, &renderer, width)).collect();
        for text in texts {
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n\n")?;
        }
    }
    out.flush()
}

fn render(run: &Run<'_>, located: &Located, first: bool, renderer: &Renderer, width: usize) -> String {
    let finding = &located.finding;
    let object = run.manifests.objects.get(located.object).map(|object| object.title()).unwrap_or_default();
    // Labels are printed as they are, and names may hold anything.
    let object = normalize_untrusted_str(&object);
    let object = object.as_str();
    let title = level(finding.severity).primary_title(finding.message.as_str()).id(finding.metadata.id);
    // The line of a secret would go into the logs of whatever runs this.
    let excerpt = if finding.confidential.is_some() { None } else { Excerpt::of(run, &located.place) };
    let mut group = match &excerpt {
        Some(excerpt) => {
            let mut group = Group::with_title(title);
            if !excerpt.whole {
                group = group.element(origin(run, located));
            }
            group.element(excerpt.snippet(AnnotationKind::Primary, Some(object)))
        }
        None => Group::with_title(title).element(origin(run, located)),
    };
    let related = finding.related.iter().zip(&located.related);
    let (shown, named): (Vec<_>, Vec<_>) = related.partition(|(_, place)| place.is_some());
    let excerpts: Vec<(Excerpt<'_>, String)> = shown
        .into_iter()
        .filter_map(|(related, place)| {
            Some((Excerpt::of(run, place.as_ref()?)?, normalize_untrusted_str(&related.message)))
        })
        .collect();
    for (excerpt, message) in &excerpts {
        group = group.element(excerpt.snippet(AnnotationKind::Context, Some(message.as_str())));
    }
    let mut footer = |name: &'static str, text: &str| {
        // The frame around a footer takes this much besides its name.
        let room = width.saturating_sub(name.len() + 10);
        let text = textwrap::fill(&normalize_untrusted_str(text), room);
        let group_before = std::mem::replace(&mut group, Group::with_level(Level::NOTE));
        group = group_before.element(Level::NOTE.with_name(name).message(text));
    };
    for (related, _) in named {
        let slash = if related.namespace.is_empty() { "" } else { "/" };
        footer("see", &format!("{} {}{slash}{}: {}", related.kind, related.namespace, related.name, related.message));
    }
    if first || finding.why.is_some() {
        footer("why", finding.why());
    }
    footer("help", finding.help());
    if let Some(fix) = &finding.fix {
        // The fix says what it does; when that is the advice itself, saying it twice is noise.
        let what = if fix.title == finding.help() { "" } else { fix.title.as_str() };
        let how = match fix.applicability {
            Applicability::Safe => "`plimsoll fix`",
            Applicability::Unsafe => "`plimsoll fix --unsafe`",
            Applicability::DisplayOnly => "by hand",
        };
        let colon = if what.is_empty() { "" } else { ": " };
        footer("fix", &format!("{how}{colon}{what}"));
    }
    if let Some(addition) = finding.addition() {
        let safe = addition == Applicability::Safe;
        footer("fix", if safe { "`plimsoll fix --new-objects`" } else { "`plimsoll fix --unsafe --new-objects`" });
    }
    let text = renderer.render(&[group]);
    if excerpt.is_none_or(|excerpt| excerpt.whole) { text } else { without_nameless_origin(&text) }
}

/// An excerpt whose columns can't be counted has no name, but the renderer gives it a line for one.
fn without_nameless_origin(text: &str) -> String {
    let is_nameless = |line: &&str| anstream::adapter::strip_str(line).to_string().trim() == ":::";
    text.lines().filter(|line| !is_nameless(line)).collect::<Vec<_>>().join("\n")
}

fn origin<'r>(run: &Run<'r>, located: &Located) -> Origin<'r> {
    let file = run.manifests.files.get(located.place.file);
    let start = located.place.span.start;
    Origin::path(file.map_or("", |file| file.source.name.as_str())).line(start.line).char_column(start.column)
}

/// The colour is that of an error from `high` on.
fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium | Severity::Low => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    level.with_name(severity.name())
}
