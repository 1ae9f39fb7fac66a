//! No output shows a credential.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail that way")]

mod common;

use std::collections::BTreeSet;

use common::{Playground, Ran};
use plimsoll::json::path::Path;
use plimsoll_manifest::{Limits, objects, read};
use serde_json::Value;

/// Every way to have something printed about a file.
const WAYS: &[&[&str]] = &[
    &["check", "--profile", "strict"],
    &["check", "--profile", "strict", "--format", "json"],
    &["check", "--profile", "strict", "--format", "sarif"],
    &["check", "--profile", "strict", "--format", "html"],
    &["check", "--profile", "strict", "--format", "junit"],
    &["check", "--profile", "strict", "--format", "github"],
    &["check", "--profile", "strict", "--format", "gitlab"],
    &["check", "--profile", "strict", "--format", "markdown"],
    &["check", "--profile", "strict", "--format", "concise"],
    &["check", "--profile", "strict", "--complete", "--color", "always"],
    &["fix", "--profile", "strict"],
    &["fix", "--profile", "strict", "--unsafe", "--new-objects", "--complete"],
    &["graph"],
    &["graph", "--format", "json"],
];

fn shows(ran: &Ran, secret: &str) -> Option<String> {
    let lines = ran.out.lines().chain(ran.err.lines());
    lines.filter(|line| line.contains(secret)).map(str::to_owned).next()
}

fn assert_hidden(playground: &Playground, file: &str, flags: &[&str], secrets: &BTreeSet<String>) {
    for way in WAYS {
        let flags = if way[0] == "graph" { &[] } else { flags };
        let ran = playground.run(&[way, flags, &[file]].concat());
        for secret in secrets {
            assert_eq!(shows(&ran, secret), None, "{way:?} of {file} shows {secret}\n{}", playground.read(file));
        }
    }
}

/// The manifests of a policy's fixtures.
fn fixtures(policy: &str) -> Vec<String> {
    let folder = format!("{}/../../policies/{policy}/fixtures", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let texts = files
        .filter(|path| !path.to_str().unwrap().contains(".fixed."))
        .map(|path| std::fs::read_to_string(path).unwrap());
    let manifests = |text: String| {
        let documents = text.split("---\n").filter(|document| !document.starts_with("kind: Case"));
        documents.collect::<Vec<_>>().join("---\n")
    };
    texts.map(manifests).collect()
}

/// What the findings of the policy, on whatever JSON says, call secret.
fn secrets(text: &str, findings: &Value) -> BTreeSet<String> {
    let documents = read(text.as_bytes(), &Limits::default()).documents;
    let mut secrets = BTreeSet::new();
    for finding in findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["policy"].as_str().unwrap().starts_with("secret-in-"))
    {
        let is_its = |object: &Value| object["metadata"]["name"] == finding["object"]["name"];
        let mut objects = documents.iter().flat_map(objects).map(|(_, object)| object.into_owned());
        let object = &objects.find(is_its).unwrap();
        let mut path = Path::parse(finding["path"].as_str().unwrap()).unwrap();
        if path.last().unwrap() == "name" {
            path = path.parent().unwrap().key("value");
        }
        let value = path.find(object).and_then(Value::as_str).unwrap_or_else(|| panic!("{finding:#}"));
        let message = finding["message"].as_str().unwrap();
        let mut parts: Vec<&str> = match message.rsplit_once(" in \"") {
            Some((before, name)) if before.starts_with("key ") => {
                let name = name.trim_end_matches('"');
                let parts = value.split(['\n', ',', '{', '}']).filter(|part| part.contains(name));
                parts.filter_map(|part| Some(part.split_once(name)?.1)).collect()
            }
            _ => value.lines().collect(),
        };
        for part in &mut parts {
            *part = part.trim_matches(|c: char| c.is_ascii_whitespace() || "\"'=:".contains(c));
        }
        secrets.extend(
            parts.iter().filter(|part| part.len() > 3 && !part.starts_with("-----")).map(|part| part.to_string()),
        );
    }
    secrets
}

#[test]
fn no_credential_of_a_fixture_is_shown() {
    let mut all = 0;
    for policy in ["secret-in-env", "secret-in-config-map"] {
        for text in fixtures(policy) {
            let playground = Playground::with(&[("a.yaml", &text)]);
            let found = playground.run(&["check", "a.yaml", "--format", "json", "--policy", policy]).json();
            let secrets = secrets(&text, &found["findings"]);
            all += secrets.len();
            assert_hidden(&playground, "a.yaml", &[], &secrets);
            for document in read(text.as_bytes(), &Limits::default()).documents {
                playground.write("a.json", document.value.to_string().as_bytes());
                assert_hidden(&playground, "a.json", &[], &secrets);
            }
        }
    }
    assert!(all > 20, "{all} credentials");
}

#[test]
fn no_credential_is_shown_wherever_it_stands() {
    let pod = |container: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 2\n  template:\n    spec:\n      \
             containers:\n      - {{name: web, image: nginx, ports: [{{containerPort: 80}}], {container}}}\n"
        )
    };
    let applied = |text: &str| {
        let text = text.replace('"', "\\\"");
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, annotations: {{kubectl.kubernetes.io/last-applied-configuration: \
             \"{text}\"}}}}\nspec: {{containers: [{{name: web, image: nginx}}]}}\n"
        )
    };
    let cases = [
        pod("env: [{name: DB_PASSWORD, value: s3cr3tpw}, {name: DB_PASSWORD, value: s3cr3tpw}]"),
        pod("env: [{name: DB_PASSWORD, value: \"s3cr3t\\x70w\"}, {name: A, value: x}, {name: A, value: y}]"),
        pod("livenessProbe: {initialDelaySeconds: 60, httpGet: {port: 80, httpHeaders: [{name: Authorization, value: Bearer s3cr3tpw}]}}"),
        pod("livenessProbe: {initialDelaySeconds: 60, exec: {command: [sh, -c, 'mysqladmin -ps3cr3tpw ping']}}"),
        pod("livenessProbe: {initialDelaySeconds: 60, exec: {command: [redis-cli, -a, s3cr3tpw, ping]}}"),
        pod("command: [sh, -c, 'PGPASSWORD=s3cr3tpw psql -h db']"),
        pod("args: [--password=s3cr3tpw, --verbose]"),
        pod("args: [--db=postgres://shop:s3cr3tpw@db/shop]"),
        applied(r#"{"kind":"Pod","spec":{"containers":[{"env":[{"name":"DB_PASSWORD","value":"s3cr3tpw"}]}]}}"#),
        applied(r#"{"apiVersion":"v1","kind":"Secret","stringData":{"user":"s3cr3tpw"}}"#),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {user: s3cr3tpw}\n".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a.env: \"DB_PASSWORD=s3cr3tpw\"}\n".to_owned(),
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {user: s3cr3tpw}}]\n".to_owned(),
        "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: a}\nspec: {password: s3cr3tpw}\n".to_owned(),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {password: !!int s3cr3tpw}\n".to_owned(),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: !!binary s3cr3tpw!}\n".to_owned(),
    ];
    for text in cases {
        let playground = Playground::with(&[("a.yaml", &text)]);
        assert_hidden(&playground, "a.yaml", &[], &BTreeSet::from(["s3cr3tpw".to_owned(), "s3cr3t\\x70w".to_owned()]));
    }
}

#[test]
fn what_settings_call_secret_is_not_shown_either() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: web, image: nginx, env: [{name: SHOP_PIN, value: \"4711\"}]}\n";
    let settings = "policies: {secret-in-env: {settings: {patterns: ['*_PIN']}}}\n";
    let playground = Playground::with(&[("a.yaml", pod), ("s.yaml", settings)]);
    let shown = playground.run(&["check", "a.yaml", "--profile", "strict"]);
    assert!(shown.out.contains("4711"), "only settings make it one");
    assert_hidden(&playground, "a.yaml", &["--config", "s.yaml"], &BTreeSet::from(["4711".to_owned()]));
}

#[test]
fn an_excerpt_keeps_its_place_and_a_diff_its_lines() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {env: [{name: DB_PASSWORD, value: s3cr3tpw}], securityContext: {privileged: true}, name: web}\n";
    let playground = Playground::with(&[("a.yaml", text)]);
    let ran = playground.run(&["check", "a.yaml", "--policy", "privileged-container"]);
    assert!(ran.out.contains("value: ***}], securityContext"), "{}", ran.out);
    let column = text.lines().nth(5).unwrap().find("true").unwrap() + 1;
    assert!(ran.out.contains(&format!("a.yaml:6:{column}")), "{}", ran.out);
    let ran = playground.run(&["fix", "a.yaml", "--profile", "strict", "--unsafe"]);
    assert!(ran.out.contains("\n-  - {env: [{name: DB_PASSWORD, value: ***}]"), "{}", ran.out);
    assert!(ran.err.contains("shows *** for credentials"), "{}", ran.err);
    playground.run(&["fix", "a.yaml", "--profile", "strict", "--unsafe", "--write"]);
    assert!(playground.read("a.yaml").contains("value: s3cr3tpw"));
}
