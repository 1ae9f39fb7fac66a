//! Whole files: what is read, what is refused, and where everything stands.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail")]

use plimsoll::json::path::Path;
use plimsoll_manifest::{Document, File, Limits, LineIndex, ReadErrorKind, SyntaxError, read};
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
    assert_eq!(file.errors.len(), 1, "{text:?} {:?}", file.errors);
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
    assert_eq!(error("{\"a\": 1, \"a\": 2}\n").1, 10);
}

#[test]
fn of_duplicate_keys_the_last_one_counts() {
    for text in ["a: 1\nb: {c: 3}\na: 2\n", "{\"a\": 1, \"b\": {\"c\": 3}, \"a\": 2}"] {
        let document = file(text).documents.remove(0);
        assert_eq!(document.value, json!({"a": 2, "b": {"c": 3}}));
        assert_eq!(&text[document.span(&at("/a")).unwrap()], "2");
    }
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

/// Where continued lines stand, what separates, and how values are put together: as the Kubernetes decoder does it, also where
/// YAML 1.2 sees it otherwise.
#[test]
fn what_the_decoder_reads() {
    let table = [
        ("a bracket in the column of the key", "a:\n  b: [\n    1\n  ]\n  c: 2\n", json!({"a": {"b": [1], "c": 2}})),
        ("a brace in the first column", "a: {\nb: 1\n}\nc: 2\n", json!({"a": {"b": 1}, "c": 2})),
        ("an element less deep than its key", "a:\n    b: [1,\n  2,\n3]\n", json!({"a": {"b": [1, 2, 3]}})),
        ("a quoted line in the column of the key", "a:\n  b: \"x\n  y\"\n", json!({"a": {"b": "x y"}})),
        ("a quoted line in the first column", "a:\n  b: 'x\ny'\n  c: 1\n", json!({"a": {"b": "x y", "c": 1}})),
        ("an argument of several lines", "a: [\"\n  x &&\n  y\n\"]\n", json!({"a": [" x && y "]})),
        ("blank lines between quoted ones", "a: \"x\n\n\n  y\"\n", json!({"a": "x\n\ny"})),
        ("a tab behind a colon", "a:\tb\nc:\t\t'd'\ne: \t[\t1,\t2 ]\n", json!({"a": "b", "c": "d", "e": [1, 2]})),
        ("a tab behind a value", "a: b\t\nc: d\t# e\n", json!({"a": "b", "c": "d"})),
        ("tabs within brackets", "a: {\n\tb: 1,\n\tc: [\n\t\t2,\n\t]\n}\n", json!({"a": {"b": 1, "c": [2]}})),
        ("tabs within quotes", "a: 'x\ty\n\tz'\n", json!({"a": "x\ty z"})),
        ("a tab in text that isn't a key", "a: |\n  x\n  \ty\n", json!({"a": "x\n\ty\n"})),
        ("a comment right behind a bracket", "a: [1,#x\n  2]#y\nb: 'c'#z\n", json!({"a": [1, 2], "b": "c"})),
        ("a comment within brackets", "a: [ # one\n# two\n  1, # three\n]\n", json!({"a": [1]})),
        ("a comma at the end", "a: [1, 2,]\nb: {c: 1,}\n", json!({"a": [1, 2], "b": {"c": 1}})),
        ("a pair in a list", "a: [b: 1, c]\n", json!({"a": [{"b": 1}, "c"]})),
        ("no blank behind a quoted key", "a: {\"b\":1, 'c':[2]}\n", json!({"a": {"b": 1, "c": [2]}})),
        ("colons within words", "a: {b: http://c:80/d, e:f}\n", json!({"a": {"b": "http://c:80/d", "e:f": null}})),
        ("a list in the column of its key", "a:\n- 1\nb:\n-\n- 2\n", json!({"a": [1], "b": [null, 2]})),
        ("explicit keys", "? a\n: 1\n? b\n? c\n: - 2\n", json!({"a": 1, "b": null, "c": [2]})),
        ("unquoted lines", "a: x\n  y # c\nb: x\n\n  y\n", json!({"a": "x y", "b": "x\ny"})),
        (
            "a hash and a dash within words",
            "a: x#y\nb: -x\nc: [-1, -x]\n",
            json!({"a": "x#y", "b": "-x", "c": [-1, "-x"]}),
        ),
        ("text less deep than expected", "a: |\n x\nb: >2\n   x\n", json!({"a": "x\n", "b": " x\n"})),
        ("how text ends", "a: |-\n  x\n\nb: |+\n  y\n\nc: |\n  z\n\n", json!({"a": "x", "b": "y\n\n", "c": "z\n"})),
        ("folded text", "a: >\n  x\n  y\n\n  z\n    w\n  v\n", json!({"a": "x y\nz\n  w\nv\n"})),
        ("a file that ends in text", "a: |\n  x", json!({"a": "x\n"})),
        ("escapes", "a: \"\\x41\\u00e9\\U0001f600\\t\\/\\\n  b\"\n", json!({"a": "Aé😀\t/b"})),
        ("other line breaks", "a: 1\rb: 2\u{85}c: 3\n", json!({"a": 1, "b": 2, "c": 3})),
        ("a merge key behind a field", "a: 1\n<<: {a: 2, b: 3}\n", json!({"a": 2, "b": 3})),
        ("a merge key before a field", "<<: [{a: 2}, {a: 3, b: 4}]\nb: 1\n", json!({"a": 2, "b": 1})),
        ("a tag of its own", "%TAG !k! tag:yaml.org,2002:\n---\na: !k!str 1\n", json!({"a": "1"})),
        ("a comment right behind the dashes", "---# x\na: 1\n", json!({"a": 1})),
        ("a mark behind dashes", "---\n\u{feff}a: 1\nb: 2\n", json!({"a": 1, "b": 2})),
        ("a mark before dashes", "# x\n\u{feff}---\na: 1\n", json!({"a": 1})),
        ("a mark behind a comment", "# x\n\u{feff}a: 1\nb: 2\n", json!({"a": 1, "b": 2})),
        ("a mark within text", "a: x\u{feff}y\nb: '\u{feff}'\n", json!({"a": "x\u{feff}y", "b": "\u{feff}"})),
    ];
    for (what, text, wanted) in table {
        let file = file(text);
        assert_eq!(file.errors, [], "{what}");
        assert_eq!(file.documents.iter().map(|document| &document.value).collect::<Vec<_>>(), [&wanted], "{what}");
    }
}

#[test]
fn spans_of_what_is_indented_freely() {
    let text = "a:\n  b: [\n    1\n  ]\n  c: \"x\ny\" # z\n  d:\t{\ne: ü }\n";
    assert_eq!(spanned(text, "/a/b"), "[\n    1\n  ]");
    assert_eq!(spanned(text, "/a/c"), "\"x\ny\"");
    assert_eq!(spanned(text, "/a/d"), "{\ne: ü }");
    assert_eq!(spanned(text, "/a/d/e"), "ü");
    let text = "---\n# é\n\u{feff}a: 1\n";
    assert_eq!(spanned(text, "/a"), "1");
    assert_eq!(LineIndex::new(text.as_bytes()).span(one(text).span(&at("/a")).unwrap()).start.line, 3);
}

/// What is wrong, in the words of those who write manifests, and where.
#[test]
fn syntax_errors() {
    let table = [
        ("a:\n\t- b\n", 2, 1, "this line is indented with a tab: YAML takes only spaces"),
        ("a:\n  - b\n\t- c\n", 3, 1, "this line is indented with a tab: YAML takes only spaces"),
        ("a: b\n\tc: d\n", 2, 1, "this line is indented with a tab: YAML takes only spaces"),
        ("a: |\n\tb\n", 2, 1, "this line is indented with a tab: YAML takes only spaces"),
        ("a: 1\nb\nc: 3\n", 2, 1, "this is no `key: value`: there is no colon after the key"),
        ("a: 1\nb\n\n\n", 2, 1, "this is no `key: value`: there is no colon after the key"),
        ("a:1\nb:2\nc: 3\n", 1, 1, "this is no `key: value`: there is no colon after the key"),
        ("a:\n  b\n  c: 1\n", 2, 3, "this is no `key: value`: there is no colon after the key"),
        ("a: x: y\n", 1, 5, "a value with `: ` in it needs quotes"),
        ("- x: y: z\n", 1, 7, "a value with `: ` in it needs quotes"),
        ("x: 0\na: 1\n  b: 2\n", 3, 3, "this is indented more than line 2, which has a value already"),
        ("a: 'x'\n  b: 2\n", 2, 3, "this is indented more than line 1, which has a value already"),
        ("- a\n  b: 2\n", 2, 3, "this is indented more than line 1, which has a value already"),
        (
            "a:\n    b: 1\n  c: 2\n",
            3,
            3,
            "this is indented unlike the lines above: keys of one mapping begin in the same column, here 1, or deeper",
        ),
        (
            "- a:\n    - b\n   c: 2\n",
            3,
            4,
            "this is indented unlike the lines above: keys of one mapping begin in the same column, here 3, or deeper",
        ),
        ("a: - b\n", 1, 4, "a list begins on the line below its key, not behind the colon"),
        ("a: 1\n- b\n", 2, 1, "a list element stands among the keys of a mapping"),
        (
            "a:\n  - b\n  c: 1\n",
            3,
            3,
            "this is indented like the elements of the list above, but doesn't start with `- `",
        ),
        ("a: [- b]\n", 1, 5, "elements within brackets have no dash"),
        ("a: @x\n", 1, 4, "a value that starts with `@` needs quotes"),
        ("a: `x`\n", 1, 4, "a value that starts with ``` needs quotes"),
        ("a: %x\n", 1, 4, "a value that starts with `%` needs quotes"),
        ("a: *.example.com\n", 1, 4, "a value that starts with `*` needs quotes"),
        ("a: &&\n", 1, 4, "a value that starts with `&` needs quotes"),
        ("a: *x\n", 1, 4, "there is no anchor before this alias; a value that starts with `*` needs quotes"),
        ("a: !x{}\n", 1, 4, "a value that starts with `!` needs quotes"),
        ("a: [ |x ]\n", 1, 6, "a value that starts with `|` needs quotes"),
        ("a: ? b\n", 1, 4, "a value that starts with `?` needs quotes"),
        ("a: , b\n", 1, 4, "a value that starts with `,` needs quotes"),
        ("a: >=1.2\n", 1, 4, "text begins on the line below `>`; a value that starts with `>` needs quotes"),
        ("a: |x\n  y\n", 1, 4, "text begins on the line below `|`; a value that starts with `|` needs quotes"),
        ("a: 1\nb: \"x\nc: 2\n", 2, 4, "the string that starts here has no closing `\"`"),
        ("a: it\nb: 'x\n", 2, 4, "the string that starts here has no closing `'`"),
        ("a: \"x\nb: \"y\"\n", 2, 5, "something follows the string that starts on line 1: its quotes end before this"),
        ("a: ['x' y]\n", 1, 9, "something follows the string that starts on line 1: its quotes end before this"),
        ("a: \"\\d\"\n", 1, 5, "`\\d` means nothing within double quotes: write `\\\\d`, or use single quotes"),
        ("a: \"\\u12\"\n", 1, 5, "this is no character: `\\x` takes 2 hexadecimal digits, `\\u` 4, `\\U` 8"),
        ("a: 1\nb: [1,\nc\n", 2, 4, "`[` is never closed"),
        ("a: {b: 1\n", 1, 4, "`{` is never closed"),
        ("a: 1\n}\n", 2, 1, "`}` closes nothing"),
        ("a: ]\n", 1, 4, "`]` closes nothing"),
        ("a:\n  [1,\n  2\n  b: 3]\nc: 1\n", 4, 4, "a comma or `]` is missing before this; `[` opened on line 2"),
        ("a: {b: [1] c}\n", 1, 12, "a comma or `}` is missing before this; `{` opened on line 1"),
        ("a: {b: c?}\n", 1, 9, "within brackets, a value with `?` in it needs quotes"),
        ("a: [1] x\n", 1, 8, "something follows the closing bracket"),
        ("a: 1\n: 2\n", 2, 1, "a key is missing here"),
        ("a: [1,,2]\n", 1, 7, "a value is missing here"),
        ("a: 1\n%x\nb: 2\n", 2, 1, "a line that starts with `%` is a directive, and YAML has none like this"),
        ("%YAML 1.1\na: 1\n", 2, 1, "a line `---` is missing between the directive and this"),
        ("a: !x!y z\n", 1, 4, "nothing declares the tag handle `!x!`"),
        ("a: 1\0\n", 1, 5, "the character U+0000 is not allowed in YAML"),
    ];
    for (text, line, column, message) in table {
        let (at_line, at_column, kind) = error(text);
        assert_eq!((at_line, at_column, kind.to_string().as_str()), (line, column, message), "{text:?}");
    }
    assert!(matches!(error("a: @\n").2, ReadErrorKind::Syntax(SyntaxError::NeedsQuotes('@'))));
}

#[test]
fn utf_16_is_told() {
    let file = read(b"\xff\xfea\0:\0", &Limits::default());
    assert_eq!(file.errors[0].kind, ReadErrorKind::Utf16);
}

#[test]
fn more_after_the_end_is_told() {
    let text = "a: 1\n...\nb: 2\n";
    assert_eq!(error(text), (3, 1, ReadErrorKind::AfterEnd));
    assert_eq!(file(text).documents[0].value, json!({"a": 1}));
    assert_eq!(error("[a]\nb\n"), (2, 1, ReadErrorKind::AfterEnd));
}

#[test]
fn numbers_that_json_has_not() {
    assert_eq!(error("a:\n  b: .inf\n"), (2, 6, ReadErrorKind::NotFinite(".inf".to_owned())));
}

#[test]
fn tags() {
    assert_eq!(
        value("a: !!str 12\nb: !!int '0x10'\nc: !foo 12\nd: ! 12\ne: !!map {}\nf: !<tag:yaml.org,2002:int> 1\n"),
        json!({"a": "12", "b": 16, "c": "12", "d": "12", "e": {}, "f": 1})
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
