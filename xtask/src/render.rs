//! The contents of the generated files.

pub(crate) mod artifacthub;
pub(crate) mod chart;
pub(crate) mod comparison;
pub(crate) mod index;
pub(crate) mod metadata;
pub(crate) mod module;
pub(crate) mod questions;
pub(crate) mod rbac;
pub(crate) mod readme;
pub(crate) mod settings;
pub(crate) mod suite;

use anyhow::Result;
use plimsoll_kubewarden::Shipped;
use serde::Serialize;

/// `value` as YAML, ending in a line break.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String> {
    let text = serde_saphyr::to_string(value)?;
    Ok(if text.ends_with('\n') { text } else { text + "\n" })
}

/// The text that a module carries for `kwctl inspect`.
pub(crate) fn usage(shipped: Shipped) -> Result<String> {
    match shipped {
        Shipped::Policy(entry) => readme::usage(entry),
        Shipped::Suite => suite::usage(),
    }
}

/// The first sentence of a documentation, on one line and without its full stop.
pub(crate) fn first_sentence(documentation: &str) -> String {
    let paragraph = documentation.split("\n\n").next().unwrap_or_default();
    let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line.get(..end).unwrap_or(&line).to_owned(),
        None => line.trim_end_matches('.').to_owned(),
    }
}

/// `Drain deadlock` for `drain-deadlock`.
pub(crate) fn display_name(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::{first_sentence, yaml};

    #[test]
    fn yaml_round_trips() {
        let texts =
            ["", "yes", "on", "1.30", "0644", "1e3", "a: b", "- x", "#x", "~", "*", "a # b", "`a` b", "it's", "x "];
        let long = "words and more words, ".repeat(20);
        let block = "one\n\n  two\nthree\n";
        let value =
            serde_json::json!({"texts": texts, "long": long, "block": block, "nested": {"": [{"a": [], "b": {}}]}});
        let text = yaml(&value).unwrap();
        assert_eq!(yaml_serde::from_str::<serde_json::Value>(&text).unwrap(), value, "{text}");
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn first_sentence_ends_at_its_full_stop() {
        assert_eq!(first_sentence("One thing. Another.\n\nMore."), "One thing");
        assert_eq!(first_sentence("One\nthing.\n\nMore."), "One thing");
        assert_eq!(first_sentence("A version, as `\"1.30\"`, e.g.,\nthis."), "A version, as `\"1.30\"`, e.g., this");
    }
}
