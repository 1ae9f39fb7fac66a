//! The report that the playground's page saves is the one that the command writes.

#![allow(clippy::unwrap_used, reason = "a test may fail that way")]

mod common;

use common::{FAILING, Playground as Directory};
use plimsoll_playground::Playground;

const FIELDS: &str = include_str!("../../fields/src/fields.json");

/// Everything that a report may say of a text: findings with and without fixes, on fields, with credentials and with objects
/// to add, exemptions that are used and unused, objects that are there twice, in a list or of kinds that nothing checks, and
/// what can't be read.
const EVERYTHING: &str = "\u{feff}\
apiVersion: v1
kind: Pod
metadata:
  name: \"w\\u202eb 😀\"
  annotations:
    plimsoll.dev/ignore.host-namespaces: the node's network is meant
    plimsoll.dev/ignore.root-user.nobody: not there
spec:
  hostNetwork: true
  nodename: a
  containers:
  - name: web
    image: web:latest
    env:
    - name: AWS_ACCESS_KEY_ID
      value: AKIA\x35ZQ3DRSTUVWXY234
    securityContext:
      privileged: true
---
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: shop}
  spec:
    replicas: 3
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
        - {name: web, image: 'web:1', imagen: x}
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {selector: {app: wbe}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one}
---
apiVersion: v1
kind: Pod
metadata: {name: typed}
spec: {containers: soon}
---
broken: [
";

/// The report on a text. `config` is the page's, `project` says the same to the command.
fn same(text: &str, config: &str, project: &str, flags: &[&str]) -> serde_json::Value {
    let mut page = Playground::new();
    page.learn(FIELDS);
    page.check(text, config);
    let directory = Directory::with(&[("manifest.yaml", text), ("plimsoll.yaml", project)]);
    let command = directory.run(&[&["check", "manifest.yaml", "--format", "json"], flags].concat());
    assert_eq!(page.reported().unwrap(), command.out);
    command.json()
}

#[test]
fn the_page_saves_what_the_command_writes() {
    let today = r#""today": "2026-01-01""#;
    let strict = format!(r#"{{"profile": "strict", {today}}}"#);
    let report = same(EVERYTHING, &strict, "profile: strict\n", &[]);
    // The text is worth comparing.
    for list in ["findings", "suppressed", "unusedExemptions", "skipped", "repeated", "errors"] {
        assert!(report[list].as_array().is_some_and(|list| !list.is_empty()), "{list}: {report:#}");
    }
    assert!(report["findings"].as_array().unwrap().iter().any(|finding| finding["policy"] == "unknown-field"));
    assert!(report["unchecked"].as_object().is_some_and(|kinds| !kinds.is_empty()), "{report:#}");

    let chosen = r#""kubernetesVersion": "1.30", "policies": {"privileged-container": {"enabled": false}}"#;
    let project = "kubernetesVersion: '1.30'\npolicies: {privileged-container: {enabled: false}}\n";
    same(EVERYTHING, &format!(r#"{{"complete": true, {chosen}, {today}}}"#), project, &["--complete"]);
    same(FAILING, &format!(r#"{{"profile": "starter", {today}}}"#), "profile: starter\n", &[]);
}
