//! Where the documents of a file are.

use std::ops::Range;

use serde::de::IgnoredAny;

use crate::position::BYTE_ORDER_MARK;

/// The stretches between the lines that begin with `---`, each with its separator, but for those in which there are
/// only comments and blank lines. Where there are several JSON values in a row, each is a document.
pub(crate) fn documents(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for range in between_separators(text) {
        let bytes = text.get(range.clone()).unwrap_or_default();
        if bytes.trim_ascii_start().starts_with(b"{") {
            json_values(bytes, range, &mut found);
        } else {
            found.push(range);
        }
    }
    found
}

/// Each JSON value for itself when there is nothing else, or the whole as one.
fn json_values(bytes: &[u8], range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    let before = found.len();
    let mut start = range.start;
    while let Some(value) = values.next() {
        if value.is_err() {
            found.truncate(before);
            found.push(range);
            return;
        }
        let end = range.start + values.byte_offset();
        found.push(start..end);
        start = end;
    }
    // What follows the last one is blank.
    if let Some(last) = found.get_mut(before..).and_then(<[_]>::last_mut) {
        last.end = range.end;
    }
}

fn between_separators(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut seen = Seen::Nothing;
    for line in lines(text, start) {
        let bytes = text.get(line.clone()).unwrap_or_default();
        // Files that are put together have such marks in the middle.
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if is_separator(bytes) {
            if seen == Seen::Content {
                found.push(start..line.start);
            }
            // Directives stand before the separator of the document that they are for.
            if seen != Seen::Directive {
                start = line.start;
            }
            let rest = bytes.get(3..).unwrap_or_default().trim_ascii_start();
            seen = if rest.is_empty() || rest.starts_with(b"#") { Seen::Nothing } else { Seen::Content };
        } else if seen != Seen::Content {
            let rest = bytes.trim_ascii_start();
            seen = match rest.first() {
                None | Some(b'#') => seen,
                Some(b'%') if bytes.starts_with(b"%") => Seen::Directive,
                Some(b'.') if rest.trim_ascii_end() == b"..." => seen,
                Some(_) => Seen::Content,
            };
        }
    }
    if seen == Seen::Content {
        found.push(start..text.len());
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Directive,
    Content,
}

fn is_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"---")
        .is_some_and(|rest| rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'#'))
}

/// The lines from `start`, with their line ends.
fn lines(text: &[u8], mut start: usize) -> impl Iterator<Item = Range<usize>> {
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let line = start..start + length;
        start = line.end;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        documents(text.as_bytes()).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn separators_begin_documents() {
        assert_eq!(split("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(split("---\r\na: 1\r\n--- # c\r\nb: 2"), ["---\r\na: 1\r\n", "--- # c\r\nb: 2"]);
        assert_eq!(split("--- {a: 1}\n---"), ["--- {a: 1}\n"]);
        assert_eq!(split("a: ---\n---b: 1\n"), ["a: ---\n---b: 1\n"]);
    }

    #[test]
    fn empty_documents_are_left_out() {
        assert_eq!(split(""), Vec::<&str>::new());
        assert_eq!(split("# c\n---\n\n---\n  # d\n---\n...\n"), Vec::<&str>::new());
        assert_eq!(split("---\n# Source: x\n---\na: 1\n"), ["---\na: 1\n"]);
    }

    #[test]
    fn directives_belong_to_what_follows() {
        assert_eq!(split("%YAML 1.1\n---\na: 1\n---\nb: 1\n"), ["%YAML 1.1\n---\na: 1\n", "---\nb: 1\n"]);
    }

    #[test]
    fn json_values_in_a_row() {
        assert_eq!(split("{}{\"a\": 1}\n{}\n---\n{}\n{}"), ["{}", "{\"a\": 1}", "\n{}\n", "---\n{}\n{}"]);
        assert_eq!(split("{}\n{a: 1}\n"), ["{}\n{a: 1}\n"]);
        assert_eq!(split(" {}\n"), [" {}\n"]);
    }

    #[test]
    fn a_byte_order_mark_is_left_out() {
        assert_eq!(split("\u{feff}a: 1\n"), ["a: 1\n"]);
    }
}
