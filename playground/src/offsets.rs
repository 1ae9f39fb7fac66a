//! Converts byte offsets to UTF-16 units, which editors count.

use std::ops::Range;

use crate::transfer::TextRange;

/// The minimum of bytes between two stored offsets.
const STRIDE: usize = 512;

/// The offsets of a text. In ASCII both counts are equal.
pub(crate) struct Offsets {
    ascii: bool,
    /// Bytes and units, at character boundaries.
    known: Vec<(usize, usize)>,
}

impl Offsets {
    pub(crate) fn new(text: &str) -> Offsets {
        let ascii = text.is_ascii();
        let mut known = vec![(0, 0)];
        if !ascii {
            let (mut units, mut next) = (0, STRIDE);
            for (at, character) in text.char_indices() {
                if at >= next {
                    known.push((at, units));
                    next = at + STRIDE;
                }
                units += character.len_utf16();
            }
        }
        Offsets { ascii, known }
    }

    /// The units before a byte of `text`, which must be the text of `new`.
    pub(crate) fn units(&self, text: &str, byte: usize) -> usize {
        let byte = text.floor_char_boundary(byte);
        if self.ascii {
            return byte;
        }
        let after = self.known.partition_point(|(at, _)| *at <= byte);
        let (at, units) = self.known.get(after.saturating_sub(1)).copied().unwrap_or_default();
        units + text.get(at..byte).unwrap_or_default().encode_utf16().count()
    }

    pub(crate) fn range(&self, text: &str, bytes: Range<usize>) -> TextRange {
        TextRange { from: self.units(text, bytes.start), to: self.units(text, bytes.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::Offsets;

    #[test]
    fn units_are_counted_like_in_an_editor() {
        for text in ["plain".repeat(300), "né 😀 ".repeat(300)] {
            let offsets = Offsets::new(&text);
            for (at, _) in text.char_indices() {
                assert_eq!(offsets.units(&text, at), text[..at].encode_utf16().count(), "{at}");
            }
            assert_eq!(offsets.units(&text, usize::MAX), text.encode_utf16().count());
        }
    }
}
