//! Input that means harm, or only looks like it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{FAILING, ONE, Playground, replicated};

/// The other document is always checked, and the error has its line.
#[test]
fn a_bad_document_is_an_error_with_its_line_and_the_rest_is_checked() {
    let deep = format!("kind: {}", "[".repeat(10_000));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let cases: &[(&str, &[u8], &str)] = &[
        ("deep", deep.as_bytes(), "bad.yaml:13:"),
        ("bomb", bomb.as_bytes(), "aliases copy more than"),
        ("no UTF-8", b"apiVersion: v1\nkind: \"\xff\"\n", "bad.yaml:14:8: this is not UTF-8 text"),
        ("tab", b"metadata:\n\tname: x\n", "bad.yaml:14:"),
        ("duplicate", b"apiVersion: v1\nkind: A\nkind: B\n", "bad.yaml:15:1: the key `kind` is already on line 14"),
        ("template", b"a: 1\nname: {{ .Values.name }}\n", "bad.yaml:14:8: this looks like a template"),
        ("no kind", b"apiVersion: v1\n", "bad.yaml:13:1: kind is missing"),
        ("a word", b"hello\n", "bad.yaml:13:1: "),
    ];
    for (name, text, expected) in cases {
        let playground = Playground::with(&[]);
        playground.write("bad.yaml", &[FAILING.as_bytes(), b"---\n", text].concat());
        let ran = playground.run(&[&["check", "bad.yaml", "--format", "json"], ONE.as_slice()].concat());
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.contains(expected), "{name}: {}", ran.err);
        let output = ran.json();
        assert_eq!(output["findings"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(output["errors"].as_array().unwrap().len(), 1, "{name}: {output:#}");
    }
}

#[test]
fn what_could_not_be_read_may_be_what_is_lacking() {
    let web = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {a: b}},\n  \
               template: {metadata: {labels: {a: b}}, spec: {containers: [{name: web}]}}}\n";
    let args = ["check", ".", "--complete", "--policy", "missing-disruption-budget"];
    let playground = Playground::with(&[("web.yaml", web)]);
    assert_eq!(playground.run(&args).code, 1);
    playground.write("broken.yaml", b"apiVersion: v1\nkind: Pod\nspec: [\n");
    let ran = playground.run(&args);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(
        ran.err.contains(
            "Skipped 1 policy, because nothing was given of PodDisruptionBudget. What is missing may be in what could not be read."
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_key_that_is_there_twice_silences_no_policy() {
    let web = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {a: b}},\n  \
               template: {metadata: {labels: {a: b}}, spec: {containers: [{name: web}]}}}\n";
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a: b\n  a: c\n";
    let playground = Playground::with(&[("web.yaml", web), ("twice.yaml", twice)]);
    let ran = playground.run(&["check", ".", "--complete", "--policy", "missing-disruption-budget"]);
    assert!(ran.err.contains("twice.yaml:6:3: the key `a` is already on line 5"), "{}", ran.err);
    assert!(ran.out.contains("no PodDisruptionBudget selects the 3 pods"), "{}", ran.out);
}

#[test]
fn of_a_file_of_100_mb_the_documents_are_judged_that_fit() {
    let playground = Playground::with(&[("web.yaml", FAILING), ("big.yaml", &format!("{FAILING}---\n# long\n"))]);
    // The rest is zeroes, and takes no room on the disk.
    let file = std::fs::File::options().write(true).open(playground.path("big.yaml")).unwrap();
    file.set_len(100_000_000).unwrap();
    let ran = playground.run(&["check", "big.yaml", "web.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("big.yaml:12:1: the file is longer than the 64 MiB"), "{}", ran.err);
    assert_eq!(ran.out.matches("medium[missing-prestop]").count(), 2, "{}", ran.out);

    let ran = playground.run(&["fix", "--write", "big.yaml"]);
    assert_eq!(ran.code, 2);
    assert_eq!(file.metadata().unwrap().len(), 100_000_000, "{}", ran.err);
}

#[test]
fn byte_order_mark_and_line_ends_of_windows_are_text() {
    let text = format!("\u{feff}{}", FAILING.replace('\n', "\r\n"));
    let playground = Playground::with(&[("web.yaml", &text)]);
    let ran = playground.run(&[&["check", "web.yaml"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("web.yaml:9:9\n"), "{}", ran.out);
}

const FORMATS: [&str; 10] =
    ["pretty", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown", "html", "policyreport"];

/// Whether a character steers a terminal or the direction of text.
fn steers(c: char) -> bool {
    c != '\n' && c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name that would be a line, a command, a title and markup of its own.
const NAME: &str = "a\\e[2J\\e]0;x\\x07\\u009b31m\\u202e\\u2028\\n::error file=x::forged\\r\\n<script>alert(1)</script>\\u0085## forged\\n| x |";

#[test]
fn names_forge_nothing_in_any_format() {
    let text = FAILING.replace("'web'", &format!("\"{NAME}\"")).replace(
        "name: web,",
        &format!("name: \"{NAME}\",").replace("namespace: shop", &format!("namespace: \"{NAME}\"")),
    );
    let odd = "o\u{1b}[2J\u{202e}\n::error::forged.yaml";
    let playground = Playground::with(&[
        ("web.yaml", &text),
        (odd, FAILING),
        ("\u{9b}\n::error::forged/bad.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"),
    ]);
    for format in FORMATS {
        let ran = playground.run(&["check", ".", "--format", format, "--profile", "strict"]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        for output in [&ran.out, &ran.err] {
            assert!(!output.contains(steers), "{format}: {:?}", output.lines().find(|line| line.contains(steers)));
            let forged = |line: &&str| {
                line.starts_with("::error file=x")
                    || line.starts_with("::error::forged")
                    || line.starts_with("## forged")
            };
            assert_eq!(output.lines().find(forged), None, "{format}");
        }
        if ["html", "junit", "markdown"].contains(&format) {
            assert!(!ran.out.contains("<script>alert"), "{format}");
        }
    }
    for args in [["graph", "."].as_slice(), &["graph", ".", "--format", "json"], &["fix", ".", "--color", "never"]] {
        let ran = playground.run(args);
        assert!(!ran.out.contains(steers) && !ran.err.contains(steers), "{args:?}: {:?}{:?}", ran.out, ran.err);
    }
}

#[test]
fn long_names_have_an_end() {
    let long = "n".repeat(100_000);
    let text = FAILING.replace("'web'", &format!("'{long}'")).replace("name: web,", &format!("name: {long},"));
    let playground = Playground::with(&[("web.yaml", &text)]);
    for format in FORMATS.iter().filter(|format| **format != "json") {
        let ran = playground.run(&[&["check", "web.yaml", "--format", format], ONE.as_slice()].concat());
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(!ran.out.contains(&"n".repeat(3000)) && !ran.err.contains(&"n".repeat(3000)), "{format}");
    }
}

#[test]
fn a_long_line_is_shown_around_the_finding() {
    let item = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"é"},"spec":{"template":{"spec":{"containers":[{"name":"😀","ports":[{"containerPort":1}]}]}}}}"#;
    let text = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, vec![item; 50].join(","));
    let playground = Playground::with(&[("list.json", &text)]);
    let ran = playground.run(&[&["check", "list.json"], ONE.as_slice()].concat());
    assert_eq!(ran.out.matches("medium[missing-prestop]").count(), 50);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn pipes_and_circles_are_not_followed() {
    let playground = Playground::with(&[("d/web.yaml", &replicated())]);
    std::os::unix::fs::symlink("..", playground.path("d/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", playground.path("d/gone.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(playground.path("d/pipe.yaml")).status().unwrap();
    assert!(made.success());
    let ran = playground.run(&[&["check", "d"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("d/pipe.yaml: is a named pipe"), "{}", ran.err);
    assert!(ran.err.contains("d/gone.yaml: cannot be read"), "{}", ran.err);
    assert_eq!(ran.out.matches("medium[missing-prestop]").count(), 1);
}
