//! Lines and columns of byte offsets.

use std::ops::Range;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes before it, a byte order mark included.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The column, from 1, in UTF-16 code units.
    pub column_utf16: usize,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Its first character.
    pub start: Position,
    /// What follows its last character.
    pub end: Position,
}

/// The lines of a file, which need not be UTF-8 throughout.
#[derive(Clone, Debug)]
pub struct LineIndex<'t> {
    text: &'t [u8],
    /// Where each line starts. There is always a first one.
    starts: Vec<usize>,
    /// What is before every [`STRIDE`]th byte: a file may be one long line.
    marks: Vec<Counted>,
}

/// How much of a text has to be counted again for a column.
const STRIDE: usize = 512;

/// What a stretch of text takes.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    chars: usize,
    /// Characters that are two UTF-16 code units.
    surrogates: usize,
}

impl Counted {
    fn and(self, bytes: &[u8]) -> Counted {
        #[cfg(test)]
        tests::COUNTED.with(|counted| counted.set(counted.get() + bytes.len()));
        Counted {
            chars: self.chars + bytes.iter().filter(|byte| !is_continuation(**byte)).count(),
            surrogates: self.surrogates + bytes.iter().filter(|byte| **byte >= 0xf0).count(),
        }
    }
}

impl<'t> LineIndex<'t> {
    /// Finds the lines of `text`: they end with a line feed, with or without a carriage return before it.
    pub fn new(text: &'t [u8]) -> LineIndex<'t> {
        // Editors don't count the byte order mark as a column.
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let rest = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let marks = text.chunks(STRIDE).scan(Counted::default(), |before, chunk| {
            let mark = *before;
            *before = before.and(chunk);
            Some(mark)
        });
        LineIndex { text, starts: std::iter::once(first).chain(rest).collect(), marks: marks.collect() }
    }

    /// What is before a byte.
    fn before(&self, offset: usize) -> Counted {
        let mark = (offset / STRIDE).min(self.marks.len().saturating_sub(1));
        let counted = self.marks.get(mark).copied().unwrap_or_default();
        counted.and(self.text.get(mark * STRIDE..offset).unwrap_or_default())
    }

    /// The line and column of a byte offset; the end of the file when the offset is beyond it.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let (line_start, here) = (self.before(start), self.before(offset.max(start)));
        let chars = here.chars - line_start.chars;
        let surrogates = here.surrogates - line_start.surrogates;
        Position { offset, line, column: chars + 1, column_utf16: chars + surrogates + 1 }
    }

    /// The lines and columns of a range of bytes.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span { start: self.position(range.start), end: self.position(range.end) }
    }

    /// The bytes of a line, counted from 1, without its line end; `None` when there is no such line.
    pub fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let mut end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        if end > start && self.text.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(start..end)
    }

    /// How many lines there are; a line feed at the end of the file starts none.
    pub fn lines(&self) -> usize {
        match self.starts.last() {
            Some(last) if *last == self.text.len() => self.starts.len() - 1,
            _ => self.starts.len(),
        }
    }
}

/// What editors on Windows put before UTF-8 text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(crate) fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many bytes the thread has looked at for columns.
        pub(super) static COUNTED: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn a_long_line_is_counted_once() {
        let text = "é\u{1f600}ab".repeat(25_000);
        let lines = LineIndex::new(text.as_bytes());
        let counted = || COUNTED.with(Cell::get);
        let made = counted();
        assert!(made <= text.len(), "{made} bytes of {}", text.len());
        for (at, (offset, _)) in text.char_indices().enumerate().step_by(3) {
            let position = lines.position(offset);
            let surrogates = at / 4 + usize::from(at % 4 > 1);
            assert_eq!((position.line, position.column, position.column_utf16), (1, at + 1, at + surrogates + 1));
        }
        // 33,334 look-ups, each of two stretches.
        let looked_at = counted() - made;
        assert!(looked_at < 33_334 * 2 * STRIDE, "{looked_at} bytes");
    }

    #[test]
    fn counts_characters_and_utf_16_units() {
        let text = "a: 1\nné: \u{1f600} x\r\nend";
        let lines = LineIndex::new(text.as_bytes());
        let x = lines.position(text.find('x').unwrap());
        assert_eq!((x.line, x.column, x.column_utf16), (2, 7, 8));
        assert_eq!(lines.line(2).map(|range| &text[range]), Some("né: \u{1f600} x"));
        assert_eq!(lines.line(3).map(|range| &text[range]), Some("end"));
        assert_eq!(lines.line(4), None);
        let end = lines.position(usize::MAX);
        assert_eq!((end.line, end.column, end.offset), (3, 4, text.len()));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let lines = LineIndex::new("\u{feff}a: 1\n".as_bytes());
        let a = lines.position(3);
        assert_eq!((a.line, a.column, a.offset), (1, 1, 3));
        assert_eq!(lines.position(0).line, 1);
        assert_eq!(lines.lines(), 1);
    }

    #[test]
    fn an_empty_file_has_a_first_position() {
        let lines = LineIndex::new(b"");
        let start = lines.position(0);
        assert_eq!((start.line, start.column), (1, 1));
        assert_eq!(lines.lines(), 0);
    }
}
