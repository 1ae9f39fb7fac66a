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
}

impl<'t> LineIndex<'t> {
    /// Finds the lines of `text`: they end with a line feed, with or without a carriage return before it.
    pub fn new(text: &'t [u8]) -> LineIndex<'t> {
        // Editors don't count the byte order mark as a column.
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let rest = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        LineIndex { text, starts: std::iter::once(first).chain(rest).collect() }
    }

    /// The line and column of a byte offset; the end of the file when the offset is beyond it.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        let chars = before.iter().filter(|byte| !is_continuation(**byte)).count();
        let surrogates = before.iter().filter(|byte| **byte >= 0xf0).count();
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
    use super::*;

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
