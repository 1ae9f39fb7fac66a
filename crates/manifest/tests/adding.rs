//! Further documents: what they look like, what stays as it is, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

use plimsoll_manifest::{AddRefused, Limits, add, read, render};
use serde_json::{Value, json};

fn budget() -> Value {
    json!({
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "list": ["yes", {"a": 1}]},
        "kind": "PodDisruptionBudget",
        "metadata": {"labels": {"app": "web"}, "namespace": "shop", "name": "web"},
        "apiVersion": "policy/v1",
    })
}

fn added(text: &str) -> Result<String, AddRefused> {
    let file = read(text.as_bytes(), &Limits::default());
    assert_eq!(file.errors, []);
    let like = &file.documents[0];
    add(text, like, &[render(&budget(), text, like)?])
}

const BUDGET: &str = "\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  selector:
    matchLabels:
      app: web
  list:
  - \"yes\"
  - a: 1
";

#[test]
fn an_object_becomes_the_last_document() {
    let cases = [
        ("kind: A\n", "kind: A\n---\n"),
        ("kind: A", "kind: A\n---\n"),
        ("kind: A\n---\nkind: B # b\n# end\n", "kind: A\n---\nkind: B # b\n# end\n---\n"),
        ("kind: A\n---\n", "kind: A\n---\n"),
        ("kind: A\n...\n", "kind: A\n...\n---\n"),
        ("kind: A\ntext: |+\n  x\n\n", "kind: A\ntext: |+\n  x\n\n---\n"),
    ];
    for (text, before) in cases {
        assert_eq!(added(text), Ok(format!("{before}{BUDGET}")), "{text:?}");
    }
}

#[test]
fn it_is_written_as_its_neighbour_is() {
    let windows = added("\u{feff}kind: A\r\nspec: 1\r\n").unwrap();
    assert_eq!(windows, format!("\u{feff}kind: A\r\nspec: 1\r\n---\r\n{}", BUDGET.replace('\n', "\r\n")));
    let wide = added("kind: A\nspec:\n    list:\n      - a\n").unwrap();
    assert!(wide.ends_with("spec:\n    selector:\n        matchLabels:\n            app: web\n    list:\n      - \"yes\"\n      - a: 1\n"), "{wide}");
}

#[test]
fn what_would_change_or_is_no_yaml_is_refused() {
    assert_eq!(added("{\"kind\": \"A\"}\n"), Err(AddRefused::Json));
    assert_eq!(added("kind: A\nname: '{{ .Values.name }}'\n"), Err(AddRefused::Template));
    assert_eq!(added("kind: A\nlabels: {'{{ .Values.name }}': a}\n"), Err(AddRefused::Template));
    // Some readers see another text once there is a line break behind it.
    assert_eq!(added("kind: A\ntext: |+\n  x"), Err(AddRefused::WouldChange));
}

#[test]
fn braces_in_what_is_rendered_are_no_template() {
    for text in [
        "kind: A # {{ not rendered }}\n",
        "kind: A\nmetadata: {annotations: {a: '{{ .B }}'}}\n",
        "kind: A\ndata:\n  a: |\n    {{ .B }}\n",
        "kind: A\nargs: ['{{.Node}}']\n",
    ] {
        assert_eq!(added(text), Ok(format!("{text}---\n{BUDGET}")));
    }
}

#[test]
fn beside_json_it_is_yaml_all_the_same() {
    let text = "{\"kind\": \"A\"}";
    let file = read(text.as_bytes(), &Limits::default());
    assert_eq!(render(&budget(), text, &file.documents[0]).as_deref(), Ok(BUDGET));
}
