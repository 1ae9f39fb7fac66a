//! Documentation on a terminal.

/// How text is broken into lines of `width` columns: between words only. `node-role` and `/docs/some-page` are names.
pub(crate) fn wrapped<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false)
}

/// Fills the paragraphs of a Markdown text to `width` columns; code, headings, tables and the start of each list item
/// keep their lines.
pub(crate) fn fill(text: &str, width: usize) -> String {
    let mut filled: Vec<String> = Vec::new();
    let mut paragraph = String::new();
    let mut in_code = false;
    let flush = |paragraph: &mut String, filled: &mut Vec<String>| {
        if !paragraph.is_empty() {
            let hang = if paragraph.starts_with("- ") { "  " } else { "" };
            filled.push(textwrap::fill(paragraph, wrapped(width).subsequent_indent(hang)));
            paragraph.clear();
        }
    };
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        let as_it_is = in_code || fence || line.starts_with(['#', '|']) || line.trim().is_empty();
        if as_it_is || line.trim_start().starts_with("- ") {
            flush(&mut paragraph, &mut filled);
        }
        if as_it_is {
            filled.push(line.to_owned());
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
        in_code ^= fence;
    }
    flush(&mut paragraph, &mut filled);
    filled.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_broken() {
        assert_eq!(
            fill("tolerates `node-role.kubernetes.io/master`", 20),
            "tolerates\n`node-role.kubernetes.io/master`"
        );
    }

    #[test]
    fn fills_paragraphs_and_keeps_the_rest() {
        let text = "## Why\none two\nthree four\n\n- item a\n  goes on\n- b\n```yaml\na: 1\n  b: 2\n```\nend";
        assert_eq!(
            fill(text, 14),
            "## Why\none two three\nfour\n\n- item a goes\n  on\n- b\n```yaml\na: 1\n  b: 2\n```\nend"
        );
    }
}
