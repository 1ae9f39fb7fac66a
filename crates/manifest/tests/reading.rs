//! Whole files: what is read, what is refused, and where everything stands.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail")]

use plimsoll::json::path::Path;
use plimsoll_manifest::{Document, File, Limits, LineIndex, ReadErrorKind, read};
use serde_json::{Value, json};

fn file(text: &str) -> File {
    read(text.as_bytes(), &Limits::default())
}

fn one(text: &str) -> Document {
    let mut file = file(text);
    assert_eq!(file.errors, [], "{text}");
    assert_eq!(file.documents.len(), 1, "{text}");
    file.documents.remove(0)
}

fn value(text: &str) -> Value {
    one(text).value
}

/// The only error of a text: its line, its column and what is wrong.
fn error(text: &str) -> (usize, usize, ReadErrorKind) {
    let mut file = file(text);
    assert_eq!(file.errors.len(), 1, "{:?}", file.errors);
    let error = file.errors.remove(0);
    (error.position.line, error.position.column, error.kind)
}

fn at(pointer: &str) -> Path {
    Path::parse(pointer).unwrap()
}

fn spanned<'t>(text: &'t str, pointer: &str) -> &'t str {
    &text[one(text).span(&at(pointer)).unwrap()]
}

fn keyed<'t>(text: &'t str, pointer: &str) -> &'t str {
    &text[one(text).key_span(&at(pointer)).unwrap()]
}

fn nearest<'t>(text: &'t str, pointer: &str) -> (String, &'t str) {
    let (path, range) = one(text).nearest(&at(pointer));
    (path.as_str().to_owned(), &text[range])
}

const POD: &str = "\
# A pod.
kind: Pod
metadata:
  name: \"größe 😀\" # its name
spec:
  containers:
  - name: a
    image: nginx
    command: [sh, -c]
  -
    image: x
    name: b
    args:
    - |
      one
      two

    # The end.
  terminationGracePeriodSeconds:
  volumes: []
";

#[test]
fn values() {
    assert_eq!(
        value(POD),
        json!({
            "kind": "Pod",
            "metadata": {"name": "größe 😀"},
            "spec": {
                "containers": [
                    {"name": "a", "image": "nginx", "command": ["sh", "-c"]},
                    {"name": "b", "image": "x", "args": ["one\ntwo\n"]},
                ],
                "terminationGracePeriodSeconds": null,
                "volumes": [],
            },
        })
    );
}

#[test]
fn spans_of_values_and_keys() {
    assert_eq!(spanned(POD, "/metadata/name"), "\"größe 😀\"");
    assert_eq!(keyed(POD, "/metadata/name"), "name");
    assert_eq!(spanned(POD, "/spec/containers/0/command"), "[sh, -c]");
    assert_eq!(spanned(POD, "/spec/containers/0/command/1"), "-c");
    assert_eq!(spanned(POD, "/spec/containers/1/args/0"), "|\n      one\n      two");
    assert_eq!(spanned(POD, "/spec/containers/1/args"), "- |\n      one\n      two");
    assert_eq!(keyed(POD, "/spec/containers/1/args/0"), "-");
    assert_eq!(spanned(POD, "/spec/terminationGracePeriodSeconds"), "");
    assert!(spanned(POD, "/spec/containers").starts_with("- name: a"));
    assert!(spanned(POD, "/spec/containers/1").starts_with("image: x"));
    assert_eq!(spanned(POD, "/spec/volumes"), "[]");
    assert!(spanned(POD, "").starts_with("kind: Pod"));
    assert!(spanned(POD, "").ends_with("[]"));
    let empty = one(POD).span(&at("/spec/terminationGracePeriodSeconds")).unwrap();
    assert!(POD[..empty.start].ends_with("terminationGracePeriodSeconds:"));
}

#[test]
fn lines_and_columns() {
    let lines = LineIndex::new(POD.as_bytes());
    let span = lines.span(one(POD).span(&at("/metadata/name")).unwrap());
    assert_eq!((span.start.line, span.start.column, span.end.column, span.end.column_utf16), (4, 9, 18, 19));
}

#[test]
fn spans_of_every_scalar_style() {
    let text = "a: 'x\n  y'\nb: p q\n  r # c\nc: >-\n\n  f\nd: !!str 1\ne: &x 2\nf: [{g: 1}, {h}, i: 2]\n? j\n: k\n\"l\" : m\n";
    assert_eq!(spanned(text, "/a"), "'x\n  y'");
    assert_eq!(spanned(text, "/b"), "p q\n  r");
    assert_eq!(spanned(text, "/c"), ">-\n\n  f");
    assert_eq!(spanned(text, "/d"), "!!str 1");
    assert_eq!(spanned(text, "/e"), "&x 2");
    assert_eq!(spanned(text, "/f/0"), "{g: 1}");
    assert_eq!(spanned(text, "/f/0/g"), "1");
    assert_eq!(keyed(text, "/f/1/h"), "h");
    assert_eq!(spanned(text, "/f/2/i"), "2");
    assert_eq!(spanned(text, "/j"), "k");
    assert_eq!(keyed(text, "/l"), "\"l\"");
    assert_eq!(spanned(text, "/l"), "m");
}

#[test]
fn spans_of_sequences() {
    let text = "a:\n- - 1\n  - 2\n-\n- # - c\n  - 3\nb:\n  # - x\n  - 4\n";
    assert_eq!(value(text), json!({"a": [[1, 2], null, [3]], "b": [4]}));
    assert_eq!(spanned(text, "/a/0"), "- 1\n  - 2");
    assert_eq!(spanned(text, "/a/2"), "- 3");
    assert_eq!(spanned(text, "/a"), "- - 1\n  - 2\n-\n- # - c\n  - 3");
    assert_eq!(spanned(text, "/b"), "- 4");
    let dashes: Vec<usize> = (0..3).map(|i| one(text).key_span(&at("/a").index(i)).unwrap().start).collect();
    assert_eq!(dashes, [3, 15, 17]);
}

#[test]
fn what_to_point_at() {
    let pair = |path: &str, text| (path.to_owned(), text);
    assert_eq!(nearest(POD, "/metadata/name"), pair("/metadata/name", "\"größe 😀\""));
    assert_eq!(nearest(POD, "/metadata"), pair("/metadata", "metadata"));
    assert_eq!(nearest(POD, "/metadata/labels/app"), pair("/metadata", "metadata"));
    assert_eq!(
        nearest(POD, "/spec/terminationGracePeriodSeconds"),
        pair("/spec/terminationGracePeriodSeconds", "terminationGracePeriodSeconds")
    );
    assert_eq!(nearest(POD, "/spec/containers/1/securityContext/runAsUser"), pair("/spec/containers/1", "name: b"));
    assert_eq!(nearest(POD, "/spec/containers/7"), pair("/spec/containers", "containers"));
    assert_eq!(nearest(POD, "/status"), pair("", "kind: Pod"));
    assert_eq!(nearest("apiVersion: v1\nkind: Pod\n", "/spec"), pair("", "kind: Pod"));
    assert_eq!(nearest("spec:\n  a: 1\n", "/x"), pair("", "spec"));
    assert_eq!(nearest("a:\n- - 1\n", "/a/0/5"), pair("/a/0", "- 1"));
}

#[test]
fn keys_are_found_though_escaped() {
    let text = "metadata:\n  annotations:\n    a/b~c: x\n";
    assert_eq!(spanned(text, "/metadata/annotations/a~1b~0c"), "x");
}

#[test]
fn anchors_and_merge_keys() {
    let text = "\
base: &base {a: 1, b: {c: 2}}
more: &more
  a: 3
  d: 4
one:
  <<: *base
  b: 5
two:
  <<: [*base, *more]
copy: *more
list: [&s x, *s]
&k key: *k
";
    let document = one(text);
    assert_eq!(
        document.value,
        json!({
            "base": {"a": 1, "b": {"c": 2}}, "more": {"a": 3, "d": 4}, "one": {"a": 1, "b": 5},
            "two": {"a": 1, "b": {"c": 2}, "d": 4}, "copy": {"a": 3, "d": 4}, "list": ["x", "x"], "key": "key",
        })
    );
    assert_eq!(&text[document.span(&at("/two/d")).unwrap()], "4");
    assert_eq!(&text[document.span(&at("/two/b/c")).unwrap()], "2");
    assert_eq!(&text[document.span(&at("/copy")).unwrap()], "*more");
    assert_eq!(&text[document.span(&at("/copy/a")).unwrap()], "3");
    assert!(
        document.is_shared(&at("/copy/a")) && document.is_shared(&at("/one/a")) && document.is_shared(&at("/copy"))
    );
    assert!(!document.is_shared(&at("/one/b")) && !document.is_shared(&at("/base/a")));
}

#[test]
fn documents_are_read_apart() {
    let text = "a: 1\n---\n# only a comment\n---\nb: [\n---\nc: 3\n---\nnull\n---\nd: 4\n";
    let file = file(text);
    let documents: Vec<_> = file.documents.iter().map(|document| (document.index, &document.value)).collect();
    assert_eq!(documents, [(0, &json!({"a": 1})), (2, &json!({"c": 3})), (4, &json!({"d": 4}))]);
    assert_eq!(file.errors.len(), 1);
    assert_eq!((file.errors[0].document, file.errors[0].position.line), (1, 5));
    assert_eq!(&text[file.documents[1].span(&at("/c")).unwrap()], "3");
}

#[test]
fn nothing_is_no_error() {
    for text in ["", "\n\n", "# c\n", "---\n---\n", "\u{feff}", "---\nnull\n", "~\n", "...\n"] {
        let file = file(text);
        assert_eq!((file.documents.len(), file.errors.len()), (0, 0), "{text:?}");
    }
}

#[test]
fn byte_order_mark_and_crlf() {
    let text = "\u{feff}a: 1\r\nb:\r\n- x\r\n- |\r\n  l\r\n---\r\nc: 2\r\n";
    let file = file(text);
    assert_eq!(file.errors, []);
    assert_eq!(file.documents[0].value, json!({"a": 1, "b": ["x", "l\n"]}));
    assert_eq!(&text[file.documents[0].span(&at("/b/0")).unwrap()], "x");
    assert_eq!(&text[file.documents[1].key_span(&at("/c")).unwrap()], "c");
}

#[test]
fn directives() {
    assert_eq!(value("%YAML 1.1\n---\na: 1\n"), json!({"a": 1}));
    assert_eq!(value("# c\n%YAML 1.2\n--- {a: on}\n...\n"), json!({"a": true}));
}

#[test]
fn keys_become_strings() {
    assert_eq!(value("0x1: a\non: b\n1.50: c\n"), json!({"1": "a", "true": "b", "1.5": "c"}));
}

#[test]
fn duplicate_keys() {
    let (line, column, kind) = error("x: 1\n---\na: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n");
    assert_eq!((line, column), (7, 3));
    let ReadErrorKind::DuplicateKey { key, first } = kind else { panic!("{kind}") };
    assert_eq!((key.as_str(), first.line, first.column), ("c", 5, 3));
    assert_eq!(error("yes: 1\ntrue: 2\n").0, 2);
}

#[test]
fn keys_that_are_none() {
    assert_eq!(error("a:\n  {b: 1}: 2\n"), (2, 3, ReadErrorKind::KeyNotScalar));
    assert_eq!(error("? [a]\n: 2\n"), (1, 3, ReadErrorKind::KeyNotScalar));
    assert_eq!(error("a: 1\n~: 2\n"), (2, 1, ReadErrorKind::KeyNull));
    assert_eq!(error("a: &x [1]\n*x : 2\n"), (2, 1, ReadErrorKind::KeyNotScalar));
}

#[test]
fn templates() {
    for (text, line) in [
        ("a: 1\nb: {{ .Values.b }}\n", 2),
        ("a: 1\n{{- if .Values.b }}\nb: 1\n{{- end }}\n", 2),
        ("a:\n  {{- toYaml .Values.a | nindent 2 }}\n", 2),
    ] {
        let (at, _, kind) = error(text);
        assert_eq!(at, line, "{text} {kind}");
        assert!(matches!(kind, ReadErrorKind::Template(_)), "{kind}");
    }
    assert_eq!(value("a: '{{ $labels.pod }}'\n"), json!({"a": "{{ $labels.pod }}"}));
}

#[test]
fn syntax_errors_have_their_line() {
    for (text, line) in [
        ("a:\n\t- b\n", 2),
        ("a: 1\nb\n", 2),
        ("a: 1\nb\n\n\n", 2),
        ("a: 1\nb\nc: 3\n", 2),
        ("a: 1\n  b: 2\n", 2),
        ("a: 1\nb: [1,\n", 2),
        ("a: 1\nb: \"x\n", 2),
        ("a: x: y\n", 1),
        ("a:\n  - b\n c: 1\n", 3),
        ("a: @x\n", 1),
        ("a: 1\n%x\nb: 2\n", 2),
        ("a: 1\n}\n", 2),
        ("a: 1\0\n", 1),
    ] {
        let (at, _, kind) = error(text);
        assert_eq!(at, line, "{text:?} {kind}");
        assert!(matches!(kind, ReadErrorKind::Syntax(_)), "{text:?} {kind}");
    }
}

#[test]
fn more_after_the_end() {
    assert_eq!(error("a: 1\n...\nb: 2\n"), (3, 1, ReadErrorKind::AfterEnd));
}

#[test]
fn numbers_that_json_has_not() {
    assert_eq!(error("a:\n  b: .inf\n"), (2, 6, ReadErrorKind::NotFinite(".inf".to_owned())));
}

#[test]
fn tags() {
    assert_eq!(
        value("a: !!str 12\nb: !!int '0x10'\nc: !foo 12\nd: ! 12\ne: !!map {}\n"),
        json!({"a": "12", "b": 16, "c": "12", "d": 12, "e": {}})
    );
    assert_eq!(error("a: !!int x\n").0, 1);
}

#[test]
fn invalid_utf_8_spoils_one_document() {
    let text = b"a: 1\n---\nb: 2\nc: \xff\n---\nd: 3\n";
    let file = read(text, &Limits::default());
    assert_eq!(file.documents.iter().map(|document| document.index).collect::<Vec<_>>(), [0, 2]);
    let error = &file.errors[0];
    assert_eq!((error.document, error.position.line, error.position.column), (1, 4, 4));
    assert_eq!(error.kind, ReadErrorKind::Encoding);
}

#[test]
fn deep_nesting_is_refused() {
    let deep = 10_000;
    let block: String = (0..deep).map(|level| format!("{}a:\n", " ".repeat(level % 500))).collect();
    let flows = [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        format!("a: {}", "[".repeat(deep)),
    ];
    for text in flows {
        let (line, _, kind) = error(&text);
        assert_eq!(line, 1);
        assert!(matches!(kind, ReadErrorKind::TooDeep { .. } | ReadErrorKind::KeyNotScalar), "{kind}");
    }
    assert!(matches!(error(&block).2, ReadErrorKind::TooDeep { limit: 100 }));
    let aliases: String =
        (1..deep).fold("a0: &a0 [x]\n".to_owned(), |text, i| format!("{text}a{i}: &a{i} [*a{}]\n", i - 1));
    assert!(matches!(error(&aliases).2, ReadErrorKind::TooDeep { limit: 100 }));
    let fits = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(file(&fits).errors, []);
}

#[test]
fn alias_bombs_are_refused() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    let merges: String = (1..60).fold("a0: &a0 {x: 1}\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} {{<<: [*a{0}, *a{0}], k{i}: 1}}\n", i - 1)
    });
    assert_eq!(file(&merges).errors, []);
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(1000));
    for text in [laughs, long] {
        let kind = error(&text).2;
        assert!(matches!(kind, ReadErrorKind::TooManyAliases { .. }), "{kind}");
    }
    assert_eq!(error("a: 1\nb: *a\n"), (2, 4, ReadErrorKind::AliasOfNothing));
    assert_eq!(error("a: &a [*a]\n"), (1, 8, ReadErrorKind::AliasOfItself));
}

#[test]
fn shared_merges_are_looked_up_in_linear_time() {
    let text: String = (1..60)
        .fold("a0: &a0 {x: 1}\n".to_owned(), |text, i| format!("{text}a{i}: &a{i} {{<<: [*a{0}, *a{0}]}}\n", i - 1));
    assert_eq!(spanned(&text, "/a59/x"), "1");
    assert_eq!(one(&text).span(&at("/a59/y")), None);
}

#[test]
fn merge_needs_mappings() {
    assert_eq!(error("a:\n  <<: 1\n"), (2, 7, ReadErrorKind::MergeNotMapping));
    assert_eq!(error("a:\n  <<: [{}, 1]\n").2, ReadErrorKind::MergeNotMapping);
}

#[test]
fn long_input_is_refused() {
    let limits = Limits { file_bytes: 100, document_bytes: 20, ..Limits::default() };
    let file = read(&[b'a'; 101], &limits);
    assert_eq!(file.errors[0].kind, ReadErrorKind::FileTooLong { bytes: 101, limit: 100 });
    let file = read(b"a: 1\n---\nb: 0123456789012345678\n---\nc: 1\n", &limits);
    assert_eq!(file.documents.len(), 2);
    assert_eq!((file.errors[0].document, file.errors[0].position.line), (1, 2));
    assert!(matches!(file.errors[0].kind, ReadErrorKind::DocumentTooLong { limit: 20, .. }));
}

#[test]
fn a_hundred_megabytes_are_refused() {
    let file = read(&vec![b'['; 100 * 1024 * 1024], &Limits::default());
    assert!(matches!(file.errors[0].kind, ReadErrorKind::FileTooLong { .. }));
    assert_eq!(file.errors[0].position.line, 1);
}

#[test]
fn sources() {
    assert_eq!(one("---\n# Source: chart/templates/a.yaml\na: 1\n").source.as_deref(), Some("chart/templates/a.yaml"));
    let origin =
        "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: base/a.yaml\n      repo: x\n";
    assert_eq!(one(origin).source.as_deref(), Some("base/a.yaml"));
    assert_eq!(one("a: 1\n# Source: x\n").source, None);
}

#[test]
fn json() {
    let text = "{\n\t\"a\": [1, 2.5, true, null],\r\n\t\"b\\u0041\": \"x\\/\\u00e9\\ud83d\\ude00\\n\"\n}\n";
    assert_eq!(value(text), json!({"a": [1, 2.5, true, null], "bA": "x/é😀\n"}));
    assert_eq!(spanned(text, "/a/1"), "2.5");
    assert_eq!(keyed(text, "/bA"), "\"b\\u0041\"");
}

#[test]
fn json_values_in_a_row() {
    let text = "{\"a\": 1}\n{\"b\": 2}{\"c\": 3}\n";
    let file = file(text);
    assert_eq!(file.errors, []);
    let values: Vec<_> = file.documents.iter().map(|document| (document.index, document.value.clone())).collect();
    assert_eq!(values, [(0, json!({"a": 1})), (1, json!({"b": 2})), (2, json!({"c": 3}))]);
    assert_eq!(&text[file.documents[2].span(&at("/c")).unwrap()], "3");
}
