//! The line of a place.

use std::ops::Range;

use plimsoll_lint::places::Place;
use textwrap::core::display_width;

use super::Run;
use crate::visible::visible;

/// Of a longer line, as those of JSON on one line are, only what is around the marks is read.
const LONGEST_LINE: usize = 2000;
/// What is read of a longer line before and after the marked range.
const AROUND: usize = 200;

/// A line of a file as it is printed, without credentials, and the columns that are marked.
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) marks: Vec<Range<usize>>,
}

impl Excerpt {
    /// The line that the places are on, in no more than `width` columns; `None` when it is no text.
    pub(super) fn of<'p>(run: &Run<'_>, places: impl IntoIterator<Item = &'p Place>, width: usize) -> Option<Excerpt> {
        let mut places = places.into_iter();
        let first = places.next()?;
        let source = &run.manifests.files.get(first.file)?.source;
        let line = run.places.lines(first.file)?.line(first.span.start.line)?;
        // A range of many lines is shown by its first: the rest is what the reader sees anyway.
        let on_line = |place: &Place| place.range.start..place.range.end.min(line.end).max(place.range.start);
        let read = match line.len() {
            0..=LONGEST_LINE => line.clone(),
            _ => window(&source.text, line.clone(), &on_line(first)),
        };
        let mut excerpt = Excerpt { text: String::new(), marks: Vec::new() };
        for place in std::iter::once(first).chain(places) {
            let marked = on_line(place);
            if marked.start < read.start || marked.end > read.end {
                continue;
            }
            let (text, marked) = run.masks.excerpt(first.file, read.clone(), marked)?;
            let (drawn, columns) = drawn(&text, marked);
            excerpt.text = drawn;
            if !excerpt.marks.contains(&columns) {
                excerpt.marks.push(columns);
            }
        }
        excerpt.narrow(width);
        if read.start > line.start && !excerpt.text.starts_with('…') {
            excerpt.text.insert(0, '…');
            excerpt.marks.iter_mut().for_each(|mark| *mark = mark.start + 1..mark.end + 1);
        }
        Some(excerpt)
    }

    /// Cuts off what doesn't fit; the first mark stays.
    fn narrow(&mut self, width: usize) {
        if display_width(&self.text) <= width {
            return;
        }
        let first = self.marks.first().map_or(0, |mark| mark.start);
        // The mark in the first half, if the line doesn't begin there.
        let start = if first < width / 2 { 0 } else { first - width / 4 };
        let mut shown = String::from(if start > 0 { "…" } else { "" });
        let mut column = 0;
        for c in self.text.chars() {
            let own = display_width(c.encode_utf8(&mut [0; 4]));
            if column >= start && column + own + 2 > start + width {
                shown.push('…');
                break;
            }
            if column >= start {
                shown.push(c);
            }
            column += own;
        }
        let end = display_width(&shown);
        let moved = |column: usize| (column + usize::from(start > 0)).saturating_sub(start).min(end);
        self.marks.iter_mut().for_each(|mark| *mark = moved(mark.start)..moved(mark.end));
        self.marks.retain(|mark| mark.start < end);
        self.text = shown;
    }

    /// A line with carets below what is marked.
    pub(super) fn carets(&self) -> String {
        let end = self.marks.iter().map(|mark| mark.end.max(mark.start + 1)).max().unwrap_or(0);
        let is_marked =
            |column: usize| self.marks.iter().any(|mark| (mark.start..mark.end.max(mark.start + 1)).contains(&column));
        (0..end).map(|column| if is_marked(column) { '^' } else { ' ' }).collect()
    }
}

/// The text as it is printed, and the columns of a range of its bytes.
fn drawn(text: &str, marked: Range<usize>) -> (String, Range<usize>) {
    let mut shown = String::with_capacity(text.len());
    let mut column = 0;
    let (mut start, mut end) = (None, None);
    for (at, c) in text.char_indices() {
        if at >= marked.start {
            start.get_or_insert(column);
        }
        if at >= marked.end {
            end.get_or_insert(column);
        }
        let before = shown.len();
        match c {
            '\t' => shown.push_str("  "),
            c => shown.push_str(&visible(c.encode_utf8(&mut [0; 4]))),
        }
        column += display_width(shown.get(before..).unwrap_or_default());
    }
    (shown, start.unwrap_or(column)..end.unwrap_or(column))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_what_is_shown() {
        let (text, columns) = drawn("\ta\u{1b}b: é😀x", 6..15);
        assert_eq!(text, "  a\\u{1b}b: é😀x");
        let mut excerpt = Excerpt { text, marks: vec![columns] };
        assert_eq!(excerpt.carets(), format!("{}{}", " ".repeat(12), "^".repeat(4)));
        excerpt.text = format!("{}mark {}", "é".repeat(300), "x".repeat(300));
        excerpt.marks = std::iter::once(300..304).collect();
        excerpt.narrow(40);
        assert!(display_width(&excerpt.text) <= 40, "{}", excerpt.text);
        let mark = excerpt.marks.first().unwrap().clone();
        let shown: String = excerpt.text.chars().skip(mark.start).take(mark.len()).collect();
        assert_eq!(shown, "mark");
    }
}
