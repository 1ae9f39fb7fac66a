//! Edits of the text: what they look like, what they leave alone, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail")]

use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policy::fix::{Applicability, Fix};
use plimsoll_manifest::{EditRefused, Limits, apply, apply_fix, edit, explained, read};
use serde_json::{Value, json};

fn at(pointer: &str) -> Path {
    Path::parse(pointer).unwrap()
}

fn set(pointer: &str, value: Value) -> Edit {
    Edit::Set { at: at(pointer), value }
}

fn remove(pointer: &str) -> Edit {
    Edit::Remove { at: at(pointer) }
}

fn append(pointer: &str, value: Value) -> Edit {
    Edit::Append { at: at(pointer), value }
}

fn fixed(text: &str, edits: &[Edit]) -> Result<String, EditRefused> {
    let fix = Fix { title: String::new(), applicability: Applicability::Safe, edits: edits.to_vec() };
    apply_fix(text, 0, &Path::ROOT, &fix)
}

#[track_caller]
fn check(text: &str, edits: &[Edit], wanted: &str) {
    assert_eq!(fixed(text, edits).as_deref(), Ok(wanted));
}

const DEPLOYMENT: &str = "\
# The shop.
apiVersion: apps/v1
kind: Deployment   # sic
metadata:
  name: shop
spec:
  replicas: 1 # one is enough
  template:
    spec:
      containers:
      - name: shop
        image: 'shop:1'   # pinned
        ports: [ {containerPort: 80} ]
        # What it needs.
        resources:
          requests:
            cpu: 100m

      # The sidecar.
      - name: proxy
        image: \"proxy:1\"
        securityContext: {}

---
kind: Service # the next document
";

/// What gives a field of the text another name.
fn rename(from: &str, to: &str, value: Value) -> [Edit; 2] {
    [remove(from), set(to, value)]
}

#[test]
fn a_renamed_field_keeps_its_place_its_layout_and_its_comments() {
    let replicas = rename("/spec/replica", "/spec/replicas", json!(1));
    check(
        "# a\nspec:\n  replica: 1 # one\n  paused: true\n",
        &replicas,
        "# a\nspec:\n  replicas: 1 # one\n  paused: true\n",
    );
    check("spec: {\"replica\": 1, b: 2}\n", &replicas, "spec: {\"replicas\": 1, b: 2}\n");
    check("{\"spec\": {\"replica\": 1}}", &replicas, "{\"spec\": {\"replicas\": 1}}");
    check("spec:\n  'replica' : 1\n", &replicas, "spec:\n  'replicas' : 1\n");
    let text =
        "spec:\n  # All of them.\n  conts:\n  # The first.\n  - nmae: a\n    # Its ports.\n    prots: [80]\n  b: 1\n";
    let edits = [
        rename("/spec/conts/0/nmae", "/spec/conts/0/name", json!("a")),
        rename("/spec/conts/0/prots", "/spec/conts/0/ports", json!([80])),
        rename("/spec/conts", "/spec/containers", json!([{"name": "a", "ports": [80]}])),
        [set("/spec/b", json!(2)), set("/spec/containers/0/name", json!("c"))],
    ];
    check(
        text,
        &edits.concat(),
        "spec:\n  # All of them.\n  containers:\n  # The first.\n  - name: c\n    # Its ports.\n    ports: [80]\n  b: 2\n",
    );
    // Another value is no rename, nor is a name that is taken.
    check("a: 1 # why\nb: 2\n", &rename("/a", "/c", json!(3)), "b: 2\nc: 3\n");
    check("a: 1\nb: 2\n", &rename("/a", "/b", json!(1)), "b: 1\n");
}

#[test]
fn a_field_of_shared_text_and_a_template_are_not_renamed() {
    let text = "a: &a\n  nmae: x\nb: *a\n";
    assert!(matches!(fixed(text, &rename("/a/nmae", "/a/name", json!("x"))), Err(EditRefused::Shared { .. })));
    let text = "a:\n  nmae: x\n  '{{b}}': y\n";
    assert!(matches!(fixed(text, &rename("/a/{{b}}", "/a/c", json!("y"))), Err(EditRefused::Template { .. })));
}

#[test]
fn a_comment_doesnt_explain_a_name() {
    let text = "spec:\n  replica: 1 # one is enough\n  paused: false # no\n";
    let document = &read(text.as_bytes(), &Limits::default()).documents[0];
    let comment = |edits: &[Edit]| explained(text, document, &Path::ROOT, &document.value, edits);
    let name = rename("/spec/replica", "/spec/replicas", json!(1));
    assert_eq!(comment(&name), None);
    assert!(comment(&rename("/spec/replica", "/spec/replicas", json!(2))).is_some());
    let both = [name.as_slice(), &[set("/spec/paused", json!(true))]].concat();
    assert_eq!(comment(&both).map(|range| &text[range]), Some("# no"));
}

#[test]
fn a_scalar_is_replaced_in_place() {
    check(
        DEPLOYMENT,
        &[set("/spec/replicas", json!(2)), set("/spec/template/spec/containers/0/image", json!("shop:2"))],
        &DEPLOYMENT.replace("replicas: 1 #", "replicas: 2 #").replace("'shop:1'", "'shop:2'"),
    );
}

#[test]
fn literal_block_stays_a_block() {
    let command = "command:\n- sh\n- -c\n- |  # why\n  ./server \\\n\n    --port 1\nnext: 1\n";
    check(
        command,
        &[set("/command/2", json!("exec ./server \\\n\n  --port 1\n"))],
        &command.replace("./server", "exec ./server"),
    );
    check("a: |-\n    b\n    c\nd: 1\n", &[set("/a", json!("x\ny"))], "a: |-\n    x\n    y\nd: 1\n");
    check("a: |\r\n  b\r\nd: 1\r\n", &[set("/a", json!("x\ny\n"))], "a: |\r\n  x\r\n  y\r\nd: 1\r\n");
    check("a: |-\n  b\nd: 1\n", &[set("/a", json!("x\n"))], "a: |\n  x\nd: 1\n");
    check("a: |  # c\n  b\nd: 1\n", &[set("/a", json!("x\ny"))], "a: |-  # c\n  x\n  y\nd: 1\n");
    check("a: >+\n  b\n  c\nd: 1\n", &[set("/a", json!("x\ny\n"))], "a: |\n  x\n  y\nd: 1\n");
    check("- |\n  b\n- 1\n", &[set("/0", json!("x"))], "- |-\n  x\n- 1\n");
    // What would need a number in the header is quoted.
    check("a: |\n  b\nd: 1\n", &[set("/a", json!(" x\n"))], "a: \" x\\n\"\nd: 1\n");
    check("a: |\n  b\nd: 1\n", &[set("/a", json!("x\n\n"))], "a: \"x\\n\\n\"\nd: 1\n");
}

#[test]
fn missing_mappings_are_made() {
    check(
        DEPLOYMENT,
        &[set("/spec/template/spec/containers/0/lifecycle/preStop/sleep/seconds", json!(15))],
        &DEPLOYMENT.replace(
            "            cpu: 100m\n",
            "            cpu: 100m\n        lifecycle:\n          preStop:\n            sleep:\n              seconds: 15\n",
        ),
    );
}

#[test]
fn an_empty_mapping_becomes_a_block() {
    check(
        DEPLOYMENT,
        &[
            set("/spec/template/spec/containers/1/securityContext/runAsNonRoot", json!(true)),
            append("/spec/template/spec/containers/1/securityContext/capabilities/drop", json!("ALL")),
        ],
        &DEPLOYMENT.replace(
            "securityContext: {}\n",
            "securityContext:\n          runAsNonRoot: true\n          capabilities:\n            drop:\n            - ALL\n",
        ),
    );
}

#[test]
fn nulls_become_blocks() {
    check("a:\nb: 1\n", &[set("/a/c", json!(1))], "a:\n  c: 1\nb: 1\n");
    check("a: # note\n\nb: 1\n", &[set("/a/c", json!(1))], "a: # note\n  c: 1\n\nb: 1\n");
    check("a: null # note\nb: 1\n", &[set("/a/c", json!(1))], "a: # note\n  c: 1\nb: 1\n");
    check("a: ~\nb: 1\n", &[append("/a", json!("x"))], "a:\n- x\nb: 1\n");
    check("a: [] # note\n", &[append("/a", json!({"x": 1, "z": 2}))], "a: # note\n- x: 1\n  z: 2\n");
    check("a:\n-\n- 1\n", &[set("/a/0", json!({"x": {"z": 1}}))], "a:\n- x:\n    z: 1\n- 1\n");
    check("a:\n- {} # c\n", &[set("/a/0/x", json!(1))], "a:\n- x: 1 # c\n");
    check("a:", &[set("/a", json!("x"))], "a: x");
    check("a:", &[set("/a/b", json!("x"))], "a:\n  b: x");
}

#[test]
fn values_come_after_the_last_field_and_before_what_follows() {
    check(
        "a:\n  b: 1 # one\n\n  # About c.\n# About d.\nd: 2",
        &[set("/a/c", json!(3)), set("/e", json!("4"))],
        "a:\n  b: 1 # one\n  c: 3\n\n  # About c.\n# About d.\nd: 2\ne: \"4\"",
    );
}

#[test]
fn the_manner_of_the_file_is_kept() {
    check(
        "a:\r\n    b:\r\n      - 1\r\n",
        &[append("/a/b", json!(2)), set("/a/c", json!({"d": [3]}))],
        "a:\r\n    b:\r\n      - 1\r\n      - 2\r\n    c:\r\n        d:\r\n          - 3\r\n",
    );
    check("\u{feff}a:\n- b: 1\n", &[set("/a/0/c", json!(2))], "\u{feff}a:\n- b: 1\n  c: 2\n");
    check("-   a: 1\n", &[set("/0/b", json!(2))], "-   a: 1\n    b: 2\n");
}

#[test]
fn fields_are_removed_with_their_lines() {
    check("a: 1\nb: # c\n  - x\n  # d\nc: 2\n", &[remove("/b")], "a: 1\n  # d\nc: 2\n");
    check("a: 1\nb: 2 # c", &[remove("/b")], "a: 1");
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 2\r\n", &[remove("/b")], "a: 1\r\nc: 2\r\n");
    check("a:\n  b: 1 # c\nd: 2\n", &[remove("/a/b")], "a: {}\nd: 2\n");
    check("a: # note\n  b: 1", &[remove("/a/b")], "a: {} # note");
    check("a:\n- b: 1 # c\n  # d\n  e: 2\n", &[remove("/a/0/b")], "a:\n- # d\n  e: 2\n");
    check("a:\n- b: 1\n  e: 2\n", &[remove("/a/0/b")], "a:\n- e: 2\n");
    check("a:\n- b: 1\n- 2\n", &[remove("/a/0/b")], "a:\n- {}\n- 2\n");
    check("a: 1\n", &[remove("/a")], "{}\n");
    check("a: 1\n", &[remove("/b"), remove("/b/c")], "a: 1\n");
}

#[test]
fn elements_are_removed_with_their_lines() {
    check("a:\n- x\n- y # c\n- z\n", &[remove("/a/1")], "a:\n- x\n- z\n");
    check("a:\n  - x: 1\n    y: 2\nb: 1\n", &[remove("/a/0")], "a: []\nb: 1\n");
    check("a:\n- - 1\n  - 2\n", &[remove("/a/0/0")], "a:\n- - 2\n");
    check("a:\n- - 1\n", &[remove("/a/0/0")], "a:\n- []\n");
    check("a:\n-\n  b: 1\n-\n", &[remove("/a/0")], "a:\n-\n");
}

#[test]
fn brackets() {
    check("a: {b: 1}\n", &[set("/a/c", json!({"d": [1]}))], "a: {b: 1, c: {d: [1]}}\n");
    check("a: { b: 1 } # c\n", &[set("/a/c", json!("x, y"))], "a: { b: 1, c: \"x, y\" } # c\n");
    check("a: {b: 1, c: 2}\n", &[remove("/a/b")], "a: {c: 2}\n");
    check("a: {b: 1, c: 2}\n", &[remove("/a/c")], "a: {b: 1}\n");
    check("a: [x]\n", &[remove("/a/0")], "a: []\n");
    check("a: ['x']\n", &[append("/a", json!("y"))], "a: ['x', 'y']\n");
    check("a: {b: {}}\n", &[set("/a/b/c", json!(1))], "a: {b: {c: 1}}\n");
    check("a: {b: }\n", &[set("/a/b/c", json!(1))], "a: {b: {c: 1} }\n");
    check("a: {b: [\n  1,\n]}\n", &[append("/a/b", json!(2))], "a: {b: [\n  1,\n  2,\n]}\n");
    check("a: {b: '#', c: 1}\n", &[remove("/a/b")], "a: {c: 1}\n");
}

#[test]
fn json_documents() {
    let text = "{\n  \"a\": [\"x\"],\n  \"b\": {}\n}\n";
    check(
        text,
        &[set("/c", json!({"d": "e"})), append("/a", json!("y")), set("/b/f", json!(true))],
        "{\n  \"a\": [\"x\", \"y\"],\n  \"b\": {\n    \"f\": true\n  },\n  \"c\": {\n    \"d\": \"e\"\n  }\n}\n",
    );
    check(text, &[remove("/a")], "{\n  \"b\": {}\n}\n");
    check(text, &[remove("/b")], "{\n  \"a\": [\"x\"]\n}\n");
    check("{}", &[set("/a", json!("b"))], "{\"a\": \"b\"}");
}

#[test]
fn a_mapping_is_changed_field_by_field() {
    check(
        "a:\n  b: 1 # one\n  c: 2 # two\n  d: [x] # three\n",
        &[set("/a", json!({"b": 1, "d": ["x", "z"], "e": {"f": null}}))],
        "a:\n  b: 1 # one\n  d: [x, z] # three\n  e:\n    f: null\n",
    );
}

#[test]
fn collections_take_the_place_of_each_other() {
    check("a:\n  b: 1\nc: 2\n", &[set("/a", json!("x"))], "a: x\nc: 2\n");
    check("a: # c\n- b\n- d\n", &[set("/a", json!({"x": 1}))], "a: # c\n  x: 1\n");
    check("a:\n  b: 1\nc: 2\n", &[set("/a", json!([1, [2]]))], "a:\n- 1\n- - 2\nc: 2\n");
    check("a: |\n  x\n  y\nc: 2\n", &[set("/a", json!(3))], "a: 3\nc: 2\n");
    check("a: [1, 2]\n", &[set("/a", json!({"x": 1}))], "a:\n  x: 1\n");
    check("- 1\n- b: 1\n  c: 2\n", &[set("/0", json!({"x": [1]})), set("/1", json!(2))], "- x:\n  - 1\n- 2\n");
}

#[test]
fn objects_in_lists() {
    let text = "kind: List\nitems:\n- kind: Pod\n  spec:\n    a: 1\n- kind: Pod\n";
    let file = read(text.as_bytes(), &Limits::default());
    let edits = edit(text, &file.documents[0], &at("/items/0"), &[set("/spec/b", json!(2))]).unwrap();
    assert_eq!(apply(text, &edits).unwrap(), text.replace("    a: 1\n", "    a: 1\n    b: 2\n"));
    let whole = edit(text, &file.documents[0], &at("/items/0"), &[remove("")]);
    assert_eq!(whole, Err(EditRefused::NoPlace { at: at("/items/0") }));
}

#[test]
fn documents_are_distinguished() {
    let text = "a: 1\n---\n# c\n---\nb: [\n---\nc: 1\n---\nd: 1\n";
    let fix = Fix { title: String::new(), applicability: Applicability::Safe, edits: vec![set("/e", json!(2))] };
    assert_eq!(apply_fix(text, 2, &Path::ROOT, &fix), Ok(text.replace("c: 1\n", "c: 1\ne: 2\n")));
    let json = "{}{\"a\": 1}\n{}";
    assert_eq!(apply_fix(json, 1, &Path::ROOT, &fix).as_deref(), Ok("{}{\"a\": 1, \"e\": 2}\n{}"));
    assert_eq!(apply_fix(text, 1, &Path::ROOT, &fix), Err(EditRefused::NoDocument { index: 1 }));
    assert_eq!(apply_fix(text, 4, &Path::ROOT, &fix), Err(EditRefused::NoDocument { index: 4 }));
}

#[test]
fn edits_are_small() {
    let file = read(DEPLOYMENT.as_bytes(), &Limits::default());
    let edits = [set("/spec/replicas", json!(2)), set("/spec/template/spec/containers/1/image", json!("proxy:2"))];
    let edits = edit(DEPLOYMENT, &file.documents[0], &Path::ROOT, &edits).unwrap();
    let replaced: Vec<_> =
        edits.iter().map(|edit| (&DEPLOYMENT[edit.range.clone()], edit.replacement.as_str())).collect();
    assert_eq!(replaced, [("1", "2"), ("\"proxy:1\"", "\"proxy:2\"")]);
}

#[test]
fn braces_elsewhere_are_no_matter() {
    let text = "\
metadata: # {{ not rendered }}
  annotations:
    summary: '{{ $labels.pod }}'
data:
  a: |
    {{ .B }}
spec:
  replicas: 1
  template: {a: 1, b: '{{.Node}}'}
";
    check(
        text,
        &[
            set("/spec/replicas", json!(2)),
            set("/spec/template/a", json!(2)),
            set("/metadata/annotations/x", json!("z")),
        ],
        &text.replace("replicas: 1", "replicas: 2").replace("a: 1", "a: 2").replace("pod }}'\n", "pod }}'\n    x: z\n"),
    );
}

/// New fields stand where people look for them.
#[test]
fn new_fields_are_among_their_neighbours() {
    let container = "name: a\n    image: b # c\n    env: []\n    volumeMounts: []\n";
    let pod = format!("spec:\n  # The only one.\n  containers:\n  - {container}  volumes: []\n");
    let inside = |field: &str| at("/spec/containers/0").key(field);
    check(
        &pod,
        &[
            Edit::Set { at: inside("ports"), value: json!([{"containerPort": 80, "name": "http"}]) },
            Edit::Set { at: inside("securityContext"), value: json!({"runAsNonRoot": true}) },
            Edit::Set {
                at: inside("resources"),
                value: json!({"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}}),
            },
            set("/spec/securityContext/seccompProfile/type", json!("RuntimeDefault")),
        ],
        "\
spec:
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  # The only one.
  containers:
  - name: a
    image: b # c
    ports:
    - name: http
      containerPort: 80
    env: []
    resources:
      requests:
        memory: 1Gi
      limits:
        memory: 1Gi
    volumeMounts: []
    securityContext:
      runAsNonRoot: true
  volumes: []
",
    );
    check(
        "kind: Deployment\nspec:\n  selector: {}\n\n  # What runs.\n  template: {}\n",
        &[
            set("/spec/replicas", json!(2)),
            set("/spec/strategy", json!({"rollingUpdate": {"maxSurge": 1}, "type": "RollingUpdate"})),
        ],
        "\
kind: Deployment
spec:
  replicas: 2
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
  selector: {}

  # What runs.
  template: {}
",
    );
    check(
        "- image: x\n-\n  image: y\n",
        &[set("/0/name", json!("a")), set("/1/name", json!("b"))],
        "- name: a\n  image: x\n-\n  name: b\n  image: y\n",
    );
    check(
        "a: {image: x, env: []}\n",
        &[set("/a/name", json!("b")), set("/a/ports", json!([]))],
        "a: {name: b, image: x, ports: [], env: []}\n",
    );
    check(
        "replicas: 1\r\ntemplate: 2\r\n",
        &[set("/selector", json!(3))],
        "replicas: 1\r\nselector: 3\r\ntemplate: 2\r\n",
    );
}

#[test]
fn pretty_json_stays_pretty() {
    let text = "{\n\t\"spec\": {\n\t\t\"selector\": {},\n\t\t\"template\": {\"a\": 1},\n\t\t\"list\": [\n\t\t\t1\n\t\t]\n\t}\n}\n";
    check(
        text,
        &[
            set("/spec/replicas", json!(2)),
            set("/spec/selector/matchLabels", json!({"app": "a"})),
            set("/spec/template/b", json!({"c": []})),
            append("/spec/list", json!({"e": 1})),
        ],
        "\
{
\t\"spec\": {
\t\t\"replicas\": 2,
\t\t\"selector\": {
\t\t\t\"matchLabels\": {
\t\t\t\t\"app\": \"a\"
\t\t\t}
\t\t},
\t\t\"template\": {\"a\": 1, \"b\": {\"c\": []}},
\t\t\"list\": [
\t\t\t1,
\t\t\t{
\t\t\t\t\"e\": 1
\t\t\t}
\t\t]
\t}
}
",
    );
}

#[test]
fn modes_stay_octal() {
    let text =
        "a:\n  defaultMode: 0666\n  items:\n  - {key: a, mode: 0o777}\nb:\n  defaultMode: 511\n  runAsUser: 010\n";
    check(
        text,
        &[
            set("/a/defaultMode", json!(0o440)),
            set("/a/items/0/mode", json!(0o555)),
            set("/b/defaultMode", json!(0o440)),
            set("/b/runAsUser", json!(1000)),
            set("/c/defaultMode", json!(0o400)),
        ],
        "\
a:
  defaultMode: 0440
  items:
  - {key: a, mode: 0o555}
b:
  defaultMode: 288
  runAsUser: 1000
c:
  defaultMode: 0400
",
    );
}

#[test]
fn comments_that_may_explain() {
    let text = "\
# About all of it.
kind: Deployment
spec:
  replicas: 1 # one is enough
  # The scheduler has none of its own.
  # -----
  schedulerName: x

  # strategy: Recreate
  paused: true
  # It waits for 5 minutes.

  minReadySeconds: 300
  args: [a, b] # in this order
  empty: {} # on purpose
  nested:
    # Root binds port 80.
    user: 0
    group: 0
  script: |  # as in the handbook
    x
  list:
  - a # first
  - b
";
    let file = read(text.as_bytes(), &Limits::default());
    let document = &file.documents[0];
    let found = |edit: Edit| explained(text, document, &Path::ROOT, &document.value, &[edit]).map(|range| &text[range]);
    for (edit, comment) in [
        (set("/kind", json!("StatefulSet")), None),
        (set("/spec/replicas", json!(2)), Some("# one is enough")),
        (remove("/spec/schedulerName"), Some("# The scheduler has none of its own.")),
        (set("/spec/paused", json!(false)), None),
        (set("/spec/minReadySeconds", json!(5)), None),
        (set("/spec/args/0", json!("c")), Some("# in this order")),
        (append("/spec/args", json!("c")), None),
        (set("/spec/empty/a", json!(1)), None),
        (set("/spec/empty", json!({"a": 1})), Some("# on purpose")),
        (set("/spec/nested/user", json!(1)), Some("# Root binds port 80.")),
        (set("/spec/nested/group", json!(1)), None),
        (set("/spec/nested", json!({"user": 0, "group": 1})), None),
        (remove("/spec/nested"), Some("# Root binds port 80.")),
        (set("/spec/script", json!("y\n")), Some("# as in the handbook")),
        (set("/spec/list/0", json!("c")), Some("# first")),
        (set("/spec/list/1", json!("c")), None),
        (set("/spec/new", json!(1)), None),
        (set("/spec/replicas", json!(1)), None),
    ] {
        assert_eq!(found(edit.clone()), comment, "{edit:?}");
    }
}

#[test]
fn what_is_refused() {
    for (template, edit) in [
        ("a: '{{ .Values.a }}'\nb: 1\n", set("/a", json!(2))),
        ("a: 1\nb:\n  # {{- if .Values.b }}\n  c: 1\n  # {{- end }}\n  d: 2\n", set("/b", json!([1]))),
        ("a: {b: 1, c: '{{ .C }}'}\n", remove("/a")),
        ("a: ['{{ .C }}']\nb: 1\n", remove("/a")),
    ] {
        assert_eq!(fixed(template, std::slice::from_ref(&edit)), Err(EditRefused::Template { at: edit.at().clone() }));
    }

    for patch in ["a: 1\nb:\n- $patch: delete\n  name: c\n", "a: 1\nb: {$setElementOrder/c: []}\n"] {
        assert_eq!(fixed(patch, &[set("/a", json!(2))]), Err(EditRefused::Patch { at: at("/a") }));
    }

    let shared = "a: &a\n  x: 1\nb: *a\nc:\n  <<: *a\n";
    for edit in [
        set("/a/x", json!(2)),
        set("/b/x", json!(2)),
        set("/c/x", json!(2)),
        set("/a/y", json!(2)),
        append("/b/y", json!(1)),
    ] {
        assert_eq!(fixed(shared, std::slice::from_ref(&edit)), Err(EditRefused::Shared { at: edit.at().clone() }));
    }
    check(shared, &[set("/c/z", json!(2))], "a: &a\n  x: 1\nb: *a\nc:\n  <<: *a\n  z: 2\n");
    check(shared, &[set("/b", json!(1))], "a: &a\n  x: 1\nb: 1\nc:\n  <<: *a\n");

    assert_eq!(fixed("a: 1\n", &[set("/a/b", json!(2))]), Err(EditRefused::NoPlace { at: at("/a/b") }));
    assert_eq!(fixed("a: [1]\n", &[set("/a/3", json!(2))]), Err(EditRefused::NoPlace { at: at("/a/3") }));

    for (text, edit) in [
        ("a: [ # c\n  1]\n", append("/a", json!(2))),
        ("a: {b: 1, # c\n  d: 2}\n", remove("/a/b")),
        ("a: !!map {b: 1}\n", set("/a/c", json!(2))),
        ("{a}\n", set("/a", json!(2))),
        ("a: 1\n", set("", json!([1]))),
    ] {
        let refused = fixed(text, std::slice::from_ref(&edit));
        assert!(matches!(refused, Err(EditRefused::Layout { .. })), "{text} {refused:?}");
    }
}

#[test]
fn what_would_change_something_else_is_refused() {
    // The blank line at the end belongs to the string.
    let keep = "a:\n  b: |+\n    x\n\n\nc: 1\n";
    assert_eq!(fixed(keep, &[set("/a/d", json!(1))]), Err(EditRefused::WouldChange { at: at("/a/d") }));
    // The anchor would go, its alias would stay.
    let anchored = "a:\n- &x 1\nb: *x\n";
    assert_eq!(fixed(anchored, &[remove("/a")]), Err(EditRefused::WouldChange { at: at("/a") }));
}

#[test]
fn strings_read_back_as_strings() {
    for text in [
        "yes",
        "0644",
        "1e3",
        "null",
        "",
        " x",
        "x: y",
        "- x",
        "#",
        "a\nb",
        "\u{85}\u{feff}",
        "'",
        "\"",
        "\\",
        "{{",
        "😀",
        "---",
    ] {
        for before in ["a: b\n", "a: 'b'\n", "a: \"b\"\n", "a: |\n  b\n", "a:\n- b\n", "a: [b]\n", "{\"a\": \"b\"}\n"] {
            let pointer = if before.contains(['-', '[']) { "/a/0" } else { "/a" };
            let after = fixed(before, &[set(pointer, json!(text))]).unwrap();
            let file = read(after.as_bytes(), &Limits::default());
            assert_eq!(file.documents[0].value.pointer(pointer), Some(&json!(text)), "{after:?}");
        }
    }
}

#[test]
fn comments_stay_with_what_they_are_in() {
    let text = "a:\n  b: 1\n  # About the end of a.\n\n  # c: 2\nd: 3\n";
    check(text, &[set("/a/e", json!(4))], &text.replace("b: 1\n", "b: 1\n  e: 4\n"));
    let text = "x:\n  a:\n    b: 1\n\n    # c: 2\n  # More of x.\n";
    check(text, &[set("/x/e", json!(4))], &text.replace("# c: 2\n", "# c: 2\n  e: 4\n"));
    check(&text.replace('\n', "\r\n"), &[set("/x/e", json!(4))], &{
        text.replace("# c: 2\n", "# c: 2\n  e: 4\n").replace('\n', "\r\n")
    });
}
