//! Names and texts of others, made harmless: manifests, clusters and file systems may hold anything.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// How much of a name is printed. Kubernetes' own names have at most 253 characters.
const LONGEST_NAME: usize = 300;
/// How much of a message is printed.
const LONGEST_TEXT: usize = 2000;

/// The text on one line, without what steers a terminal, reverses the order of letters or can't be seen: such characters
/// are spelt out, as in `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => {
                // Writing to a string never fails.
                let _ = write!(shown, "\\u{{{:x}}}", c as u32);
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// A name on one line, harmless and not without end.
pub fn name(text: &str) -> Cow<'_, str> {
    bounded(visible(text), LONGEST_NAME)
}

/// A message on one line, harmless and not without end.
pub fn message(text: &str) -> Cow<'_, str> {
    bounded(visible(text), LONGEST_TEXT)
}

/// Text between tags, or in an attribute, of XML and HTML. What they can't hold is to be spelt out before.
pub fn markup(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

fn bounded(text: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => text,
    }
}

/// Whether a character steers a terminal, the direction of text, or shows nothing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Writes JSON over several lines. What [`visible`] spells out is escaped: the value stays the same.
pub fn json(out: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Escapes what is hidden in strings; everything else is the inner formatter's.
struct Escaping(PrettyFormatter<'static>);

macro_rules! inner {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W, $($arg: $type),*) -> io::Result<()> {
            self.0.$name(writer, $($arg),*)
        }
    )*};
}

impl Formatter for Escaping {
    inner! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_spelt_out() {
        assert_eq!(visible("web-1 é 😀"), "web-1 é 😀");
        assert_eq!(visible("a\u{1b}]0;x\u{7}"), "a\\u{1b}]0;x\\u{7}");
        assert_eq!(visible("a\nb\tc\r"), "a\\nb\\tc\\r");
        for hidden in ['\u{7f}', '\u{85}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{e0041}'] {
            let shown = visible(&format!("a{hidden}b")).into_owned();
            assert!(shown.is_ascii() && shown.len() > 5, "{shown}");
        }
    }

    #[test]
    fn names_have_an_end() {
        assert_eq!(name(&"é".repeat(1000)).chars().count(), LONGEST_NAME + 1);
        assert_eq!(message("short"), "short");
    }

    #[test]
    fn json_keeps_the_value() {
        let value = serde_json::json!({"a\u{9b}": ["\u{202e}é\u{1b}", "\u{e0041}", 1.5, null, "x\"\\"]});
        let mut text = Vec::new();
        json(&mut text, &value).unwrap();
        let text = String::from_utf8(text).unwrap().replace('\n', "");
        assert!(!text.contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
