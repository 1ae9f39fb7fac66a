//! Texts and comments are written in the field's English: words of this project's old dialect stay out.
#![cfg(feature = "catalogue")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::engine::catalogue;
use plimsoll::policies::POLICIES;
use serde_json::Value;

/// Words to avoid, and what to write instead. A star matches any ending.
const REJECTED: &[(&str, &str)] = &[
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

/// More words to avoid in comments. In documentation they may be right.
const REJECTED_IN_COMMENTS: &[(&str, &str)] = &[
    ("fault", "violation, error"),
    ("faults", "violations, errors"),
    ("heed*", "support, read"),
    ("in vain", "for nothing"),
];

/// The entries of [`REJECTED`] that may be right in comments: names in code, traps of Wasm, options of tools.
const ALLOWED_IN_COMMENTS: &[&str] = &["cpu", "traps"];

/// The folders with code whose comments are checked.
const CODE: &[&str] = &[
    "src",
    "tests",
    "crates/bench",
    "crates/demo",
    "crates/fixtures",
    "crates/cli",
    "crates/guest",
    "crates/lint",
    "crates/manifest",
    "crates/peers",
    "e2e/cluster",
    "crates/host",
    "crates/kubewarden",
    "e2e/src",
    "e2e/tests",
    "xtask/src",
    "xtask/tests",
    "playground/bind",
    "playground/schema",
    "playground/src",
    "playground/tests",
    "playground/web/src",
    "playground/web/tests",
];

/// Phrases in which one of these words is right, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("told apart", "the idiom for distinguishing"),
    ("tells apart", "the idiom for distinguishing"),
    ("told to", "a command, not a report: containers are told to stop"),
];

/// The words of a text's prose, without code and link targets. The first letter is lower case, which ignores the start of
/// sentences.
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
    // A placeholder separates the words around code.
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

/// The entries of [`REJECTED`] in a text, each once.
fn rejected(text: &str) -> BTreeSet<(&'static str, &'static str)> {
    among(REJECTED, text)
}

/// The entries of a list in a text, each once.
fn among(list: &[(&'static str, &'static str)], text: &str) -> BTreeSet<(&'static str, &'static str)> {
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
    list.iter().copied().filter(|(pattern, _)| is_there(pattern)).collect()
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

/// The Markdown at the root, in `docs/`, `docs/guides/`, `examples/`, `playground/` and `site/` that is not generated.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in ["", "docs", "docs/guides", "examples", "playground", "site"].map(|folder| root.join(folder)) {
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
        for (pattern, instead) in rejected(text) {
            failures.push(format!("{place} says \"{pattern}\": write \"{instead}\""));
        }
    }
    failures
}

fn code_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            code_files(&path, files);
        } else if path.extension().is_some_and(|extension| ["rs", "ts", "mjs"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
}

/// The comments of a file on lines of their own.
fn comments(code: &str) -> Vec<String> {
    let mut comments = vec![String::new()];
    for line in code.lines() {
        let line = line.trim_start();
        match comments.last_mut() {
            Some(comment) if line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ") => {
                comment.push_str(line.trim_start_matches(['/', '!', '*']).trim_end_matches("*/"));
                comment.push('\n');
            }
            _ => comments.push(String::new()),
        }
    }
    comments
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
fn comments_speak_the_fields_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list: Vec<(&str, &str)> = REJECTED
        .iter()
        .filter(|(pattern, _)| !ALLOWED_IN_COMMENTS.contains(pattern))
        .chain(REJECTED_IN_COMMENTS)
        .copied()
        .collect();
    let mut files = Vec::new();
    for folder in CODE {
        code_files(&root.join(folder), &mut files);
    }
    assert!(files.len() > 400, "only {} files were found", files.len());
    let mut failures = Vec::new();
    for file in files {
        let place = file.strip_prefix(root).unwrap().display().to_string();
        for comment in comments(&fs::read_to_string(&file).unwrap()) {
            let found = among(&list, &comment).into_iter();
            failures.extend(found.map(|(pattern, instead)| format!("{place} says \"{pattern}\": write \"{instead}\"")));
        }
    }
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn comments_are_taken_from_lines_of_their_own() {
    let code =
        "/// It lacks\n/// a judge.\nlet told = 1; // mend\n    // Told.\n/** A fault. */\n/* told */\n * seldom\n";
    let comments = comments(code);
    let found: BTreeSet<&str> =
        comments.iter().flat_map(|text| among(REJECTED, text)).map(|(pattern, _)| pattern).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["judge*", "lack*", "seldom", "told"]);
    assert!(comments.iter().any(|text| among(REJECTED_IN_COMMENTS, text).len() == 1), "{comments:?}");
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
        assert_eq!(rejected(text).into_iter().map(|(pattern, _)| pattern).collect::<Vec<_>>(), [pattern], "{text}");
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
        assert!(rejected(text).is_empty(), "{text}: {:?}", rejected(text));
    }
}
