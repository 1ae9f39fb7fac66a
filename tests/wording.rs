//! What users read is written in the field's English: words that only this project used stay out.
#![cfg(feature = "catalogue")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::engine::catalogue;
use plimsoll::policies::POLICIES;
use serde_json::Value;

/// What is refused, and what to write instead. A star stands for any ending.
const REFUSED: &[(&str, &str)] = &[
    ("judge*", "check"),
    ("judging", "checking"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("remed*", "fix"),
    ("excus*", "exempt"),
    ("offence*", "violation"),
    ("told", "reported"),
    ("tells", "reports"),
    ("lack*", "has no, is missing"),
    ("reckon*", "compute, count"),
    ("ordinarily", "usually"),
    ("seldom", "rarely"),
    ("surroundings", "cluster snapshot"),
    ("wishes", "wants"),
    ("afresh", "again"),
    ("traps", "pitfalls"),
    ("for ever", "indefinitely"),
    ("not checkable", "skipped"),
    ("is by default", "defaults to"),
    ("are by default", "default to"),
    ("comes to nothing", "has no effect"),
    ("set right", "fix"),
    ("whom it may concern", "which objects"),
    ("in earnest", "enforced"),
    ("in vain", "for nothing"),
    ("nodes enough", "enough nodes"),
    ("pods enough", "enough pods"),
    ("an HorizontalPodAutoscaler", "a HorizontalPodAutoscaler"),
    ("cpu", "CPU"),
];

/// Where one of these is the right word, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("told apart", "the idiom for distinguishing"),
    ("tells apart", "the idiom for distinguishing"),
    ("told to", "an order, not a report: containers are told to stop"),
];

/// The words of a text's prose, without code and the targets of links. The first letter is small, so that the start of a
/// sentence makes no difference.
fn prose(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut rest = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    // Every second part is between backticks.
    let outside: Vec<&str> = rest.split('`').step_by(2).collect();
    // A placeholder keeps what stands around code from being read as one phrase.
    let joined = outside.join(" _ ").replace("](", "] _(");
    joined
        .split(|c: char| c.is_whitespace() || c == '—')
        .filter(|word| !word.starts_with("_("))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty())
        .map(small)
        .collect()
}

fn small(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The words without those of the phrases in [`ALLOWED`].
fn without_allowed(words: Vec<String>) -> Vec<String> {
    let mut text = format!(" {} ", words.join(" "));
    for (phrase, _) in ALLOWED {
        text = text.replace(&format!(" {phrase} "), " _ ");
    }
    text.split_whitespace().map(str::to_owned).collect()
}

/// The entries of [`REFUSED`] that a text has, each once.
fn refused(text: &str) -> BTreeSet<(&'static str, &'static str)> {
    let words = without_allowed(prose(text));
    let is_there = |pattern: &str| {
        let pattern: Vec<String> = pattern.split(' ').map(small).collect();
        words.windows(pattern.len()).any(|window| {
            window.iter().zip(&pattern).all(|(word, pattern)| match pattern.strip_suffix('*') {
                Some(stem) => word.starts_with(stem),
                None => word == pattern,
            })
        })
    };
    REFUSED.iter().copied().filter(|(pattern, _)| is_there(pattern)).collect()
}

/// Every description in a schema, however deep.
fn descriptions(schema: &Value, texts: &mut Vec<String>) {
    match schema {
        Value::Array(schemas) => schemas.iter().for_each(|schema| descriptions(schema, texts)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "description" => texts.push(text.clone()),
                    _ => descriptions(value, texts),
                }
            }
        }
        _ => {}
    }
}

fn policy_texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for entry in POLICIES {
        let metadata = entry.metadata;
        for (part, text) in [("title", metadata.title), ("why", metadata.why), ("help", metadata.help)] {
            texts.push((format!("{}: {part}", metadata.id), text.to_owned()));
        }
        texts.push((format!("{}: documentation", metadata.id), entry.documentation()));
        texts.extend(setting_texts(metadata.id, &catalogue::own(entry)));
    }
    texts
}

fn setting_texts(owner: &str, settings: &[catalogue::Setting]) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for setting in settings {
        let mut found = Vec::new();
        descriptions(&setting.schema, &mut found);
        texts.extend(found.into_iter().map(|text| (format!("{owner}: setting {}", setting.name), text)));
    }
    texts
}

/// The Markdown at the root, in `docs/`, `examples/` and `playground/` that no program writes.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in [root.to_owned(), root.join("docs"), root.join("examples"), root.join("playground")] {
        paths.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.strip_prefix(root).unwrap().display().to_string(), fs::read_to_string(path).unwrap()))
        .filter(|(_, text)| !text.starts_with("<!-- Made by"))
        .collect()
}

fn failures(texts: &[(String, String)]) -> Vec<String> {
    let mut failures = Vec::new();
    for (place, text) in texts {
        for (pattern, instead) in refused(text) {
            failures.push(format!("{place} says \"{pattern}\": write \"{instead}\""));
        }
    }
    failures
}

#[test]
fn policies_speak_the_fields_english() {
    let texts = policy_texts();
    assert!(texts.len() > 4 * POLICIES.len(), "settings are documented, too");
    let failures = failures(&texts);
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn common_settings_speak_the_fields_english() {
    let texts = setting_texts("every policy", &catalogue::common());
    assert!(!texts.is_empty(), "no setting is documented");
    let failures = failures(&texts);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn documents_speak_the_fields_english() {
    let texts = documents();
    for known in ["README.md", "CONTRIBUTING.md", "docs/command-line.md", "examples/README.md", "playground/README.md"]
    {
        assert!(texts.iter().any(|(place, _)| place == known), "{known} was not read");
    }
    let failures = failures(&texts);
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn dialect_is_found_in_prose_and_nowhere_else() {
    for (text, pattern) in [
        ("Judged by its owner.", "judge*"),
        ("it lacks a request", "lack*"),
        ("reclaimPolicy **is by\ndefault** Delete", "is by default"),
        ("autoscaling by (cpu) use", "cpu"),
        ("an HorizontalPodAutoscaler", "an HorizontalPodAutoscaler"),
        ("[mended](docs/x.md)", "mended"),
    ] {
        assert_eq!(refused(text).into_iter().map(|(pattern, _)| pattern).collect::<Vec<_>>(), [pattern], "{text}");
    }
    for text in [
        "recommended, black, CPU, commend",
        "set resources.requests.cpu",
        "`cpu` and `excused`",
        "before\n```yaml\ncpu: 1 # told\n```\nafter",
        "[the page](lack.md)",
        "not `x` checkable",
        "containers are told to stop, and can't be told apart",
    ] {
        assert!(refused(text).is_empty(), "{text}: {:?}", refused(text));
    }
}
