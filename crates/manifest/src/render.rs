//! Values as YAML text.

use serde_json::{Number, Value};

use crate::order::in_order;
use crate::scalar;
use crate::tree::Style;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Columns from a key to the keys below it.
    pub(crate) step: usize,
    /// Columns from a key to the dashes below it.
    pub(crate) dash: usize,
    pub(crate) line_end: &'static str,
    /// Everything that can be is quoted, as in JSON.
    pub(crate) json: bool,
    /// What each level is indented by in JSON of several lines; empty for JSON on one line.
    pub(crate) unit: Unit,
}

/// Blanks or tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) tabs: bool,
    pub(crate) width: usize,
}

impl Unit {
    fn text(self) -> String {
        (if self.tabs { "\t" } else { " " }).repeat(self.width)
    }
}

impl Manner {
    /// The value in block style, from the second line on indented by `indent` columns.
    pub(crate) fn block(&self, value: &Value, indent: usize) -> String {
        let mut out = String::new();
        self.push_block(&mut out, value, indent);
        out
    }

    /// A field in block style, from the second line on as deep as its mapping or deeper.
    pub(crate) fn field(&self, key: &str, value: &Value, indent: usize) -> String {
        let mut out = String::new();
        self.push_field(&mut out, key, value, indent);
        out
    }

    /// The start of a line, `indent` columns deep.
    pub(crate) fn new_line(&self, indent: usize) -> String {
        let mut out = self.line_end.to_owned();
        push_spaces(&mut out, indent);
        out
    }

    fn push_block(&self, out: &mut String, value: &Value, indent: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (number, (key, value)) in in_order(fields).into_iter().enumerate() {
                    if number > 0 {
                        out.push_str(&self.new_line(indent));
                    }
                    self.push_field(out, key, value, indent);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        out.push_str(&self.new_line(indent));
                    }
                    out.push_str("- ");
                    self.push_block(out, item, indent + 2);
                }
            }
            value => self.push_flow(out, value, false, None),
        }
    }

    fn push_field(&self, out: &mut String, key: &str, value: &Value, indent: usize) {
        self.push_text(out, key, false, None);
        out.push(':');
        let deeper = match value {
            Value::Object(fields) if !fields.is_empty() => indent + self.step,
            Value::Array(items) if !items.is_empty() => indent + self.dash,
            value => {
                out.push(' ');
                return self.push_value_of(out, key, value, false);
            }
        };
        out.push_str(&self.new_line(deeper));
        self.push_block(out, value, deeper);
    }

    /// The value on one line; `inside` when it is to stand within brackets. A string is quoted as `like` is.
    pub(crate) fn flow(&self, value: &Value, inside: bool, like: Option<Style>) -> String {
        let mut out = String::new();
        self.push_flow(&mut out, value, inside, like);
        out
    }

    /// A field as it stands within brackets.
    pub(crate) fn flow_field(&self, key: &str, value: &Value) -> String {
        let mut out = String::new();
        self.push_flow_field(&mut out, key, value);
        out
    }

    /// The value as JSON of several lines, the last of which is indented by `indent`. A string is quoted as `like` is.
    pub(crate) fn lines(&self, value: &Value, indent: &str, like: Option<Style>) -> String {
        let mut out = String::new();
        self.push_lines(&mut out, value, indent, like);
        out
    }

    /// A field in JSON of several lines.
    pub(crate) fn lines_field(&self, key: &str, value: &Value, indent: &str) -> String {
        let mut out = String::new();
        self.push_text(&mut out, key, true, None);
        out.push_str(": ");
        self.push_lines(&mut out, value, indent, None);
        out
    }

    fn push_lines(&self, out: &mut String, value: &Value, indent: &str, like: Option<Style>) {
        let deeper = [indent, &self.unit.text()].concat();
        let between = |out: &mut String, number: usize| {
            out.push_str(if number > 0 { "," } else { "" });
            out.push_str(self.line_end);
            out.push_str(&deeper);
        };
        let brackets = match value {
            Value::Object(fields) if !fields.is_empty() => {
                out.push('{');
                for (number, (key, value)) in in_order(fields).into_iter().enumerate() {
                    between(out, number);
                    out.push_str(&self.lines_field(key, value, &deeper));
                }
                '}'
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('[');
                for (number, item) in items.iter().enumerate() {
                    between(out, number);
                    self.push_lines(out, item, &deeper, None);
                }
                ']'
            }
            value => return self.push_flow(out, value, true, like),
        };
        out.push_str(self.line_end);
        out.push_str(indent);
        out.push(brackets);
    }

    fn push_flow_field(&self, out: &mut String, key: &str, value: &Value) {
        self.push_text(out, key, true, None);
        out.push_str(": ");
        self.push_value_of(out, key, value, true);
    }

    fn push_value_of(&self, out: &mut String, key: &str, value: &Value, inside: bool) {
        match value {
            Value::Number(mode) if !self.json && is_mode(key) => out.push_str(&octal(mode, "0")),
            value => self.push_flow(out, value, inside, None),
        }
    }

    fn push_flow(&self, out: &mut String, value: &Value, inside: bool, like: Option<Style>) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::String(text) => self.push_text(out, text, inside, like),
            Value::Array(items) => {
                out.push('[');
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        out.push_str(", ");
                    }
                    self.push_flow(out, item, true, None);
                }
                out.push(']');
            }
            Value::Object(fields) => {
                out.push('{');
                for (number, (key, value)) in in_order(fields).into_iter().enumerate() {
                    if number > 0 {
                        out.push_str(", ");
                    }
                    self.push_flow_field(out, key, value);
                }
                out.push('}');
            }
        }
    }

    fn push_text(&self, out: &mut String, text: &str, inside: bool, like: Option<Style>) {
        match like {
            Some(Style::SingleQuoted) if !self.json && text.chars().all(is_harmless) => {
                out.push('\'');
                out.push_str(&text.replace('\'', "''"));
                out.push('\'');
            }
            Some(Style::DoubleQuoted) => push_quoted(out, text),
            _ if !self.json && reads_as_itself(text, inside) => out.push_str(text),
            _ => push_quoted(out, text),
        }
    }
}

/// True for the fields that hold a file's permissions.
pub(crate) fn is_mode(key: &str) -> bool {
    matches!(key, "mode" | "defaultMode")
}

/// The number in octal digits after `prefix`, if it has such.
fn octal(number: &Number, prefix: &str) -> String {
    match number.as_u64() {
        None | Some(0) => number.to_string(),
        Some(number) => format!("{prefix}{number:o}"),
    }
}

/// The number as `old` is written, in octal or not.
pub(crate) fn number_like(number: &Number, old: &str) -> String {
    let prefix = match old.as_bytes() {
        [b'0', b'o', ..] => "0o",
        [b'0', b'0'..=b'7', ..] => "0",
        _ => return number.to_string(),
    };
    octal(number, prefix)
}

fn push_spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// The text between double quotes, as both JSON and YAML have it.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_harmless(c) => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

/// True for what may stand in a text as it is.
fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// True when the text needs no quotes, to this reader and to those that follow other versions of YAML.
fn reads_as_itself(text: &str, inside: bool) -> bool {
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else { return false };
    let begins = match first {
        '_' | '/' | '.' | '$' | '(' | '+' | '~' => true,
        '-' => second.is_some_and(|second| second.is_alphanumeric() || second == '-'),
        first => first.is_alphanumeric(),
    };
    begins
        && scalar::is_text(text)
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric())
        && !(inside && text.contains(['[', ']', '{', '}', ',', ':', '?']))
        && !is_clock_or_date(text)
}

/// YAML 1.1 has numbers to the base of 60, and dates.
fn is_clock_or_date(text: &str) -> bool {
    let bytes = text.trim_start_matches(['-', '+']).as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let clock = bytes.contains(&b':') && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.' | b'_'));
    let year = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    clock || (year == 4 && bytes.get(4) == Some(&b'-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MANNER: Manner =
        Manner { step: 2, dash: 0, line_end: "\n", json: false, unit: Unit { tabs: false, width: 0 } };

    #[test]
    fn blocks() {
        let value = json!({"a": {"b": [1, {"c": [], "d": {}}, [2, 3]]}, "e": null});
        assert_eq!(
            MANNER.block(&value, 2),
            "a:\n    b:\n    - 1\n    - c: []\n      d: {}\n    - - 2\n      - 3\n  e: null"
        );
        let wide = Manner { step: 4, dash: 2, ..MANNER };
        assert_eq!(wide.field("a", &json!({"b": ["x"]}), 0), "a:\n    b:\n      - x");
    }

    #[test]
    fn flows() {
        let value = json!({"a": ["x, y", "z"], "b": "c"});
        assert_eq!(MANNER.flow(&value, false, None), "{a: [\"x, y\", z], b: c}");
        let json = Manner { json: true, ..MANNER };
        assert_eq!(json.flow(&value, false, None), r#"{"a": ["x, y", "z"], "b": "c"}"#);
    }

    #[test]
    fn lines() {
        let json = Manner { json: true, unit: Unit { tabs: false, width: 2 }, ..MANNER };
        let value = json!({"resource": {"name": "cpu"}, "type": "Resource", "list": [1, {}], "none": []});
        assert_eq!(
            json.lines_field("a", &value, "  "),
            "\"a\": {\n    \"type\": \"Resource\",\n    \"resource\": {\n      \"name\": \"cpu\"\n    },\n    \
             \"list\": [\n      1,\n      {}\n    ],\n    \"none\": []\n  }"
        );
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(MANNER.field("v", &json!({"defaultMode": 0o440, "x": 288}), 0), "v:\n  defaultMode: 0440\n  x: 288");
        assert_eq!(MANNER.flow(&json!({"mode": 0o644}), true, None), "{mode: 0644}");
        assert_eq!(Manner { json: true, ..MANNER }.flow(&json!({"mode": 420}), true, None), "{\"mode\": 420}");
        for (old, new) in [("0666", "0440"), ("0o777", "0o440"), ("511", "288"), ("0", "288")] {
            assert_eq!(number_like(&Number::from(288), old), new);
        }
    }

    #[test]
    fn quotes_only_where_needed() {
        let quoted = |text: &str| MANNER.flow(&json!(text), false, None).starts_with('"');
        for text in ["a", "nginx:1.27", "100m", "--port=80", "/bin/sh", "$(HOST)", "a b", "größe", "1.2.3", "-c", "a#b"]
        {
            assert!(!quoted(text), "{text}");
        }
        for text in [
            "",
            " a",
            "a ",
            "yes",
            "y",
            "null",
            "~",
            "12",
            "0x1f",
            "1e3",
            ".5",
            "1:30",
            "2001-01-01",
            "a: b",
            "a #b",
            "a:",
            "- a",
            "-",
            "[a]",
            "{a}",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "'a'",
            "\"a\"",
            "#a",
            "? a",
            ",a",
            "---",
            "...",
            "a\nb",
            "a\tb",
            "\u{85}",
            "\u{feff}",
            "<<",
            "=",
        ] {
            assert!(quoted(text), "{text}");
        }
        assert_eq!(MANNER.flow(&json!("a:b"), true, None), "\"a:b\"");
        assert_eq!(MANNER.flow(&json!("a?"), true, None), "\"a?\"");
        assert_eq!(MANNER.flow(&json!("it's"), false, Some(Style::SingleQuoted)), "'it''s'");
        assert_eq!(MANNER.flow(&json!("x\u{1}\u{10ffff}"), false, None), "\"x\\u0001\u{10ffff}\"");
    }
}
