//! What bytes are to YAML 1.1. A text is looked at byte by byte: all that means anything is ASCII, but for three line
//! breaks.

/// A space or a tab.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What names of anchors, directives and handles of tags consist of.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What the suffix of a tag consists of, besides words.
pub(crate) fn is_in_tags(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}

/// How many bytes of `text` the line break at `at` takes; 0 where there is none.
pub(crate) fn line_break(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        [b'\r', ..] => 1,
        // Next line.
        [0xc2, 0x85, ..] => 2,
        // Line separator and paragraph separator.
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// What a line break is read as.
pub(crate) fn break_as_read(text: &[u8], at: usize) -> &'static str {
    match text.get(at..).unwrap_or_default() {
        [0xe2, 0x80, 0xa8, ..] => "\u{2028}",
        [0xe2, 0x80, 0xa9, ..] => "\u{2029}",
        _ => "\n",
    }
}

/// The first character that must not be in a text, and its place.
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
    let bytes = text.as_bytes();
    let suspect = |byte: u8| matches!(byte, 0..0x20 | 0x7f | 0xc2 | 0xef) && !matches!(byte, b'\t' | b'\n' | b'\r');
    let mut from = 0;
    while let Some(found) = bytes.get(from..)?.iter().position(|byte| suspect(*byte)) {
        let at = from + found;
        let character = text.get(at..)?.chars().next()?;
        let control = character.is_control() && character != '\u{85}';
        if control || matches!(character, '\u{fffe}' | '\u{ffff}') {
            return Some((at, character));
        }
        from = at + character.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_forbidden() {
        for (text, found) in [
            ("a\tb\r\n\u{85}\u{a0}ü\u{feff}\u{10ffff}", None),
            ("a\0", Some((1, '\0'))),
            ("ü\u{7f}", Some((2, '\u{7f}'))),
            ("\u{80}", Some((0, '\u{80}'))),
            ("\u{ffff}", Some((0, '\u{ffff}'))),
        ] {
            assert_eq!(forbidden(text), found, "{text:?}");
        }
    }

    #[test]
    fn line_breaks() {
        for (text, length) in [("\n", 1), ("\r\n", 2), ("\rx", 1), ("\u{85}", 2), ("\u{2028}", 3), ("x", 0), ("", 0)] {
            assert_eq!(line_break(text.as_bytes(), 0), length, "{text:?}");
        }
    }
}
