//! What holds for any input.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests may fail")]

use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll_manifest::{EditRefused, Limits, LineIndex, apply, edit, objects, read};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// JSON as Kubernetes has it: no float without a fraction.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|float| Value::from(if float.fract() == 0.0 { 0.5 } else { float })),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "([a-z#:]{1,3}\n){1,3}",
        ".{0,12}",
        "[-:#? \\[\\]{},&*!|>'\"%@`\n\t\r0-9_.a-zA-Z~]{0,8}",
        select(vec![
            "yes", "0644", "1_0", "0x1f", ".5", "~", "null", "<<", "=", "---", "1:30", "{{", "- a", "\u{feff}"
        ])
        .prop_map(str::to_owned),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z]{1,3}", 1 => text()]
}

/// A mapping, written by a hand that changes its style as it likes.
fn document() -> impl Strategy<Value = (Value, String)> {
    (vec((key(), json_value()), 1..5), any::<u64>(), select(vec!["\n", "\r\n"])).prop_map(|(fields, seed, line_end)| {
        let value = Value::Object(Map::from_iter(fields));
        let mut writer = Writer { out: String::new(), random: seed | 1, line_end, literal: false };
        writer.block(&value, 0);
        writer.line("");
        writer.line("# end");
        (value, writer.out)
    })
}

/// Writes YAML in more ways than one.
struct Writer {
    out: String,
    random: u64,
    line_end: &'static str,
    /// What was written last goes on to the end of its line.
    literal: bool,
}

impl Writer {
    fn chance(&mut self, one_in: u64) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.is_multiple_of(one_in)
    }

    fn line(&mut self, end: &str) {
        self.out.push_str(end);
        self.out.push_str(self.line_end);
    }

    fn scalar(&mut self, value: &Value) {
        if let Value::String(text) = value {
            let simple = !text.is_empty()
                && text.chars().all(|c| c.is_ascii_lowercase())
                && !["y", "n", "on", "no"].contains(&text.as_str());
            if simple && !["yes", "off", "true", "null", "false"].contains(&text.as_str()) && self.chance(2) {
                return self.out.push_str(text);
            }
            if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') && self.chance(2) {
                return self.out.push_str(&format!("'{}'", text.replace('\'', "''")));
            }
            return self.out.push_str(&plain(&serde_json::to_string(text).unwrap()));
        }
        self.out.push_str(&value.to_string());
    }

    fn flow(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                self.out.push('{');
                for (number, (key, value)) in fields.iter().enumerate() {
                    self.out.push_str(if number > 0 { ", " } else { "" });
                    self.scalar(&json!(key));
                    self.out.push_str(": ");
                    self.flow(value);
                }
                self.out.push('}');
            }
            Value::Array(items) => {
                self.out.push('[');
                for (number, item) in items.iter().enumerate() {
                    self.out.push_str(if number > 0 { ", " } else { "" });
                    self.flow(item);
                }
                self.out.push(']');
            }
            value => self.scalar(value),
        }
    }

    /// Writes the value from where the line is; `column` is that of its keys or dashes.
    fn block(&mut self, value: &Value, column: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (number, (key, value)) in fields.iter().enumerate() {
                    if number > 0 {
                        self.between(column);
                    }
                    self.scalar(&json!(key));
                    self.out.push(':');
                    let nested = matches!(value, Value::Object(inner) if !inner.is_empty())
                        || matches!(value, Value::Array(inner) if !inner.is_empty());
                    if nested && !self.chance(4) {
                        let deeper = column + if value.is_array() && self.chance(2) { 0 } else { 2 };
                        if self.chance(4) {
                            self.out.push_str(" # nested");
                        }
                        self.line("");
                        self.out.push_str(&" ".repeat(deeper));
                        self.block(value, deeper);
                    } else if !(value.is_null() && self.chance(2)) {
                        self.out.push(' ');
                        self.flow_or_literal(value, column);
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        self.between(column);
                    }
                    self.out.push_str("- ");
                    if self.chance(4) { self.flow(item) } else { self.block(item, column + 2) }
                }
            }
            value => self.flow_or_literal(value, column),
        }
    }

    /// A value after a colon or a dash; the lines of a string are indented by `column`, which may be none.
    fn flow_or_literal(&mut self, value: &Value, column: usize) {
        let lines =
            value.as_str().filter(|text| text.ends_with('\n') && !text.contains(['\r', ' ']) && text.is_ascii());
        let Some(lines) = lines.filter(|text| text.chars().all(|c| c.is_ascii_graphic() || c == '\n')) else {
            return self.flow(value);
        };
        if lines.starts_with('\n') || lines.ends_with("\n\n") || lines == "\n" || self.chance(3) {
            return self.flow(value);
        }
        self.out.push('|');
        for line in lines.lines() {
            self.line("");
            self.out.push_str(&" ".repeat(column + 1));
            self.out.push_str(line);
        }
        self.literal = true;
    }

    fn between(&mut self, column: usize) {
        let literal = std::mem::take(&mut self.literal);
        let comment = if !literal && self.chance(5) { " # note" } else { "" };
        self.line(comment);
        if self.chance(6) {
            self.line("");
        }
        if self.chance(6) {
            self.out.push_str(&" ".repeat(column));
            self.line("# about what follows");
        }
        self.out.push_str(&" ".repeat(column));
    }
}

/// All paths of a value, and some that aren't there.
fn paths(value: &Value, path: &Path, found: &mut Vec<Path>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.push(path.key(key));
                paths(value, &path.key(key), found);
            }
            found.push(path.key("new"));
            found.push(path.key("new").key("newer").key("yes"));
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                found.push(path.index(index));
                paths(value, &path.index(index), found);
            }
        }
        Value::Null => found.push(path.key("new")),
        _ => {}
    }
}

fn edits() -> impl Strategy<Value = Vec<(Index, u8, Value)>> {
    vec((any::<Index>(), 0..3_u8, json_value()), 1..9)
}

/// Text that is almost YAML.
fn almost_yaml() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "---\n",
        "...\n",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&x ",
        "*x",
        "<<: ",
        "|",
        ">-",
        "'",
        "\"",
        "# c",
        "\t",
        "\r\n",
        "!!str ",
        "!!int ",
        "~",
        "1",
        "0x",
        ".inf",
        "{{ ",
        "}}",
        "é",
        "\u{1f600}",
        "\u{feff}",
        "\0",
        "%YAML 1.1\n",
        "kind: List\nitems:\n",
        "\\u12",
    ]);
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// JSON without the characters that YAML doesn't take as they are.
fn plain(json: &str) -> String {
    let exotic =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    let escape = |c: char| if exotic(c) && c != '\n' { format!("\\u{:04x}", c as u32) } else { c.to_string() };
    json.chars().map(escape).collect()
}

/// Asks for everything there is to ask.
fn look_at_all(text: &[u8]) {
    let file = read(text, &Limits::default());
    let lines = LineIndex::new(text);
    for error in &file.errors {
        assert!(error.position.offset <= text.len());
        assert_eq!(lines.position(error.position.offset), error.position);
    }
    for document in &file.documents {
        let within = |range: &std::ops::Range<usize>| {
            range.start <= range.end && document.range.start <= range.start && range.end <= document.range.end
        };
        let mut all = Vec::new();
        paths(&document.value, &Path::ROOT, &mut all);
        for path in &all {
            let there = path.find(&document.value).is_some();
            let span = document.span(path);
            assert_eq!(span.is_some(), there, "{path}");
            let (_, nearest) = document.nearest(path);
            assert!(within(&nearest) && span.is_none_or(|span| within(&span)), "{path}");
            assert!(std::str::from_utf8(&text[nearest]).is_ok());
            document.key_span(path);
        }
        for (prefix, object) in objects(document) {
            assert!(prefix.find(&document.value).is_some() && !object.is_null() || prefix != Path::ROOT);
        }
        if let Ok(text) = std::str::from_utf8(text) {
            for path in all.into_iter().take(20) {
                for edit_of in [
                    Edit::Set { at: path.clone(), value: json!({"x": [1]}) },
                    Edit::Append { at: path.clone(), value: json!("x") },
                    Edit::Remove { at: path.clone() },
                ] {
                    if let Ok(edits) = edit(text, document, &Path::ROOT, &[edit_of]) {
                        apply(text, &edits).unwrap();
                    }
                }
            }
        }
    }
}

/// Makes the edits on the second of three documents and on its value.
fn edit_both(value: &Value, text: &str, edits: Vec<(Index, u8, Value)>) {
    let mut wanted = value.clone();
    let mut made = Vec::new();
    for (index, kind, new) in edits {
        let mut all = Vec::new();
        paths(&wanted, &Path::ROOT, &mut all);
        let at = index.get(&all).clone();
        let edit = match kind {
            0 => Edit::Set { at, value: new },
            1 => Edit::Append { at, value: new },
            _ => Edit::Remove { at },
        };
        let mut tried = wanted.clone();
        if edit.apply(&mut tried).is_ok() {
            wanted = tried;
            made.push(edit);
        }
    }
    let file = read(text.as_bytes(), &Limits::default());
    match edit(text, &file.documents[1], &Path::ROOT, &made) {
        Err(EditRefused::Template { .. }) => assert!(text.contains("{{") || format!("{made:?}").contains("{{")),
        Err(refused) => panic!("{refused}\n{made:?}\n{text}"),
        Ok(edits) => {
            let text = apply(text, &edits).unwrap();
            let file = read(text.as_bytes(), &Limits::default());
            assert_eq!(file.errors, [], "{text}");
            let values: Vec<_> = file.documents.into_iter().map(|document| document.value).collect();
            assert_eq!(values, [json!({"before": 1}), wanted, json!({"after": 2})], "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read((value, text) in document()) {
        let file = read(text.as_bytes(), &Limits::default());
        prop_assert_eq!(&file.errors, &[], "{}", text);
        prop_assert_eq!(&file.documents[0].value, &value, "{}", text);
    }

    #[test]
    fn json_is_read((value, _) in document(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let file = read(text.as_bytes(), &Limits::default());
        prop_assert_eq!(&file.errors, &[], "{}", text);
        prop_assert_eq!(&file.documents[0].value, &value, "{}", text);
    }

    #[test]
    fn editing_the_text_is_editing_the_value((value, text) in document(), edits in edits()) {
        edit_both(&value, &format!("before: 1 # x\n---\n{text}---\nafter: 2\n"), edits);
    }

    #[test]
    fn editing_json_is_editing_the_value((value, _) in document(), pretty in any::<bool>(), edits in edits()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        edit_both(&value, &format!("before: 1 # x\n---\n{}\n---\nafter: 2\n", plain(&text)), edits.clone());
        edit_both(&value, &format!("{{\"before\": 1}}{text}\n{{\"after\": 2}}"), edits);
    }

    #[test]
    fn almost_yaml_never_panics(text in almost_yaml()) {
        look_at_all(text.as_bytes());
    }

    #[test]
    fn bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        look_at_all(&bytes);
    }
}
