//! The lines around a place.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Snippet};
use plimsoll_lint::places::Place;

use crate::report::Run;

/// Longer lines, as those of JSON on one line, are shown in part only.
const LONGEST_LINE: usize = 2000;
/// What is shown of a longer line before and after the marked range.
const AROUND: usize = 60;

/// A few lines of a file.
pub(super) struct Excerpt<'m> {
    /// The file's name.
    pub(super) file: &'m str,
    /// The lines' text, without credentials.
    text: Cow<'m, str>,
    /// The number of the first line, from 1.
    line: usize,
    /// What is marked, in bytes of `text`.
    marked: Range<usize>,
    /// Whether the text starts where its line does, so that columns can be counted in it.
    pub(super) whole: bool,
}

impl<'m> Excerpt<'m> {
    /// The line or lines of a place; `None` when they are no text.
    pub(super) fn of(run: &Run<'m>, place: &Place) -> Option<Excerpt<'m>> {
        let source = &run.manifests.files.get(place.file)?.source;
        let lines = run.places.lines(place.file)?;
        let line = place.span.start.line;
        let first = lines.line(line)?;
        // A range of many lines is shown by its first: the rest is what the reader has before his eyes anyway.
        let end = place.range.end.min(first.end).max(place.range.start);
        let marked = place.range.start..end;
        let whole = first.len() <= LONGEST_LINE;
        let shown = if whole { first } else { window(&source.text, first, &marked) };
        let before = marked.start.checked_sub(shown.start)?;
        let (text, marked) = run.masks.excerpt(place.file, shown, marked)?;
        let whole = whole && marked.start == before;
        Some(Excerpt { file: &source.name, text, line, marked, whole })
    }

    /// The lines with the place marked.
    pub(super) fn snippet<'s>(&'s self, kind: AnnotationKind, label: Option<&'s str>) -> Snippet<'s, Annotation<'s>> {
        let annotation = kind.span(self.marked.clone()).label(label);
        let snippet = Snippet::source(self.text.as_ref()).line_start(self.line).annotation(annotation);
        if self.whole { snippet.path(self.file) } else { snippet }
    }
}

/// The part of a long line around the marked range, cut between characters.
fn window(text: &[u8], line: Range<usize>, marked: &Range<usize>) -> Range<usize> {
    let is_boundary = |at: usize| text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let mut start = marked.start.saturating_sub(AROUND).max(line.start);
    while start < marked.start && !is_boundary(start) {
        start += 1;
    }
    let mut end = (marked.end.min(marked.start + AROUND) + AROUND).min(line.end);
    while end < line.end && !is_boundary(end) {
        end += 1;
    }
    start..end
}
