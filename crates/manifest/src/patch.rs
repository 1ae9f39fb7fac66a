//! Changes of a text.

use std::ops::Range;

/// A stretch of a text and what is to stand there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// In bytes. An empty range is an insertion.
    pub range: Range<usize>,
    /// What replaces it.
    pub replacement: String,
}

impl TextEdit {
    pub(crate) fn insert(at: usize, text: impl Into<String>) -> TextEdit {
        TextEdit { range: at..at, replacement: text.into() }
    }

    pub(crate) fn delete(range: Range<usize>) -> TextEdit {
        TextEdit { range, replacement: String::new() }
    }

    pub(crate) fn replace(range: Range<usize>, text: impl Into<String>) -> TextEdit {
        TextEdit { range, replacement: text.into() }
    }
}

/// Edits that cannot be made together, or not on this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the edit at byte {at} overlaps another one or does not fit the text")]
pub struct Overlap {
    /// Where the edit that doesn't fit starts.
    pub at: usize,
}

/// Makes all edits on `text`, in whatever order they come. Insertions at the same place keep their order.
///
/// # Errors
/// When two edits overlap, or one reaches beyond the text or into the middle of a character.
pub fn apply(text: &str, edits: &[TextEdit]) -> Result<String, Overlap> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        let misfit = Overlap { at: edit.range.start };
        out.push_str(text.get(done..edit.range.start).ok_or(misfit)?);
        out.push_str(&edit.replacement);
        text.get(edit.range.clone()).ok_or(misfit)?;
        done = edit.range.end;
    }
    out.push_str(text.get(done..).ok_or(Overlap { at: done })?);
    Ok(out)
}

/// What has become of a text through several rounds of edits, each on the result of the one before.
#[derive(Clone, Debug)]
pub(crate) struct Pieces(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Kept(Range<usize>),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Kept(range) => range.len(),
            Piece::New(text) => text.len(),
        }
    }

    /// The part of the piece in `range`, counted from the piece's own start.
    fn part(&self, range: Range<usize>) -> Option<Piece> {
        if range.is_empty() {
            return None;
        }
        match self {
            Piece::Kept(kept) => Some(Piece::Kept(kept.start + range.start..kept.start + range.end)),
            Piece::New(text) => text.get(range).map(|text| Piece::New(text.to_owned())),
        }
    }
}

impl Pieces {
    /// An unchanged text of this many bytes.
    pub(crate) fn new(length: usize) -> Pieces {
        Pieces(vec![Piece::Kept(0..length)])
    }

    /// Makes edits, which don't overlap, on the text as it is now.
    pub(crate) fn make(&mut self, edits: &[TextEdit]) {
        let mut sorted: Vec<&TextEdit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut pieces = Vec::with_capacity(self.0.len() + 2 * sorted.len());
        let mut old = std::mem::take(&mut self.0).into_iter();
        // What is left of the piece that was begun last.
        let mut rest: Option<Piece> = None;
        let mut done = 0;
        let mut pass = |until: usize, mut keep: Option<&mut Vec<Piece>>| {
            while done < until {
                let Some(piece) = rest.take().or_else(|| old.next()) else { break };
                let length = piece.len();
                let taken = length.min(until - done);
                done += taken;
                rest = piece.part(taken..length);
                if let Some(kept) = keep.as_deref_mut() {
                    kept.extend(if taken == length { Some(piece) } else { piece.part(0..taken) });
                }
            }
        };
        for edit in sorted {
            pass(edit.range.start, Some(&mut pieces));
            pieces.push(Piece::New(edit.replacement.clone()));
            pass(edit.range.end, None);
        }
        pass(usize::MAX, Some(&mut pieces));
        self.0 = pieces;
    }

    /// All of it as edits of a text that begins `offset` bytes before the one that was edited.
    pub(crate) fn into_edits(self, offset: usize, length: usize) -> Vec<TextEdit> {
        let mut edits = Vec::new();
        let mut done = 0;
        let mut replacement = String::new();
        for piece in self.0.into_iter().chain([Piece::Kept(length..length)]) {
            match piece {
                Piece::New(text) => replacement.push_str(&text),
                Piece::Kept(kept) => {
                    if kept.start > done || !replacement.is_empty() {
                        let range = offset + done..offset + kept.start;
                        edits.push(TextEdit::replace(range, std::mem::take(&mut replacement)));
                    }
                    done = kept.end;
                }
            }
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_together() {
        let edits =
            [TextEdit::replace(4..5, "E"), TextEdit::insert(0, "<"), TextEdit::delete(1..3), TextEdit::insert(0, ">")];
        assert_eq!(apply("abcdef", &edits).as_deref(), Ok("<>adEf"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(apply("abc", &[TextEdit::delete(0..2), TextEdit::delete(1..3)]), Err(Overlap { at: 1 }));
        assert_eq!(apply("abc", &[TextEdit::delete(2..4)]), Err(Overlap { at: 2 }));
        assert_eq!(apply("é", &[TextEdit::delete(0..1)]), Err(Overlap { at: 0 }));
    }

    #[test]
    fn rounds_of_edits_become_one() {
        let text = "one two three four";
        let mut now = text.to_owned();
        let mut pieces = Pieces::new(text.len());
        for edit in [
            TextEdit::insert(3, " and a half"),
            TextEdit::replace(5..8, "AND"),
            TextEdit::delete(0..4),
            TextEdit::insert(0, "!"),
            TextEdit::delete(18..24),
            TextEdit::insert(19, "?"),
        ] {
            now = apply(&now, std::slice::from_ref(&edit)).unwrap();
            pieces.make(std::slice::from_ref(&edit));
        }
        let edits = pieces.into_edits(0, text.len());
        assert_eq!(apply(text, &edits).as_deref(), Ok(now.as_str()));
        assert!(edits.iter().all(|edit| edit.range.len() < text.len()), "{edits:?}");
    }
}
