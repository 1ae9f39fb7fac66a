//! Charts and overlays: rendered by the real tools where these are, and by recorded answers everywhere.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::os::unix::fs::PermissionsExt;

use common::{Playground, Ran};
use serde_json::{Value, json};

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: \"web:{{ .Values.tag }}\"
        securityContext:
          privileged: true
";

/// What `helm template` made of it.
const RECORDED: &str = "\
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: release-name-web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: \"web:1.0.0\"
        securityContext:
          privileged: true
";

fn chart() -> Vec<(&'static str, &'static str)> {
    vec![
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("charts/shop/values.yaml", "replicas: 2\ntag: 1.0.0\n"),
        ("charts/shop/templates/web.yaml", TEMPLATE),
    ]
}

/// Puts a program into `bin` that does what the script says.
fn tool(playground: &Playground, name: &str, script: &str) {
    let file = format!("bin/{name}");
    playground.write(&file, format!("#!/bin/sh\n{script}\n").as_bytes());
    std::fs::set_permissions(playground.path(&file), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs with only the programs of `bin` and the shell's own.
fn run(playground: &Playground, args: &[&str]) -> Ran {
    let path = format!("{}:/usr/bin:/bin", playground.path("bin").display());
    Ran::of(playground.command(args).env("PATH", path).output().unwrap())
}

fn found(ran: &Ran, policy: &str) -> Vec<Value> {
    let json = ran.json();
    json["findings"].as_array().unwrap().iter().filter(|found| found["policy"] == policy).cloned().collect()
}

fn recorded_helm(playground: &Playground) {
    playground.write("recorded.yaml", RECORDED.as_bytes());
    let file = playground.path("recorded.yaml");
    std::fs::rename(&file, playground.path("recorded.txt")).unwrap();
    let file = playground.path("recorded.txt");
    let script = format!(
        "case \"$1\" in version) echo v3;; template) echo \"$@\" >> {}; cat {};; esac",
        playground.path("calls.txt").display(),
        file.display()
    );
    tool(playground, "helm", &script);
}

#[test]
fn a_finding_on_a_chart_is_told_at_the_template() {
    let playground = Playground::with(&chart());
    recorded_helm(&playground);
    let args = ["check", "--format", "json", "--policy", "privileged-container"];
    let ran = run(&playground, &args);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let findings = found(&ran, "privileged-container");
    assert_eq!(findings.len(), 1, "{}", ran.out);
    assert_eq!(
        (&findings[0]["file"], &findings[0]["span"]["start"]["line"]),
        (&json!("charts/shop/templates/web.yaml"), &json!(15))
    );
    assert!(findings[0]["fix"].is_null() || findings[0]["fix"]["applicability"] == "display", "{}", ran.out);
    let pretty = run(&playground, &["check", "--policy", "privileged-container"]);
    assert!(pretty.out.contains("charts/shop/templates/web.yaml:15:"), "{}", pretty.out);
    // The chart, its values and what was rendered: the template itself is only there to point at.
    assert!(pretty.err.contains("Checked 1 object in 3 files:"), "{}", pretty.err);
    // Nobody gave it values.
    let calls = playground.read("calls.txt");
    assert!(calls.contains("template --skip-tests -- release-name ") && !calls.contains("--values"), "{calls}");
    let ran = run(&playground, &[args.as_slice(), &["--no-render"]].concat());
    assert_eq!((ran.code, found(&ran, "privileged-container").len()), (2, 0), "nothing else is there");
}

#[test]
fn a_chart_is_rendered_as_the_configuration_says() {
    let playground = Playground::with(&chart());
    recorded_helm(&playground);
    playground.write("values/prod.yaml", b"replicas: 3\n");
    let settings = "charts:\n- path: charts/shop\n  values: [values/prod.yaml]\n  set: [tag=2]\n  releaseName: prod\n  namespace: shop\n";
    playground.write("plimsoll.yaml", settings.as_bytes());
    let ran = run(&playground, &["check", "--helm-set", "a=b"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let calls = playground.read("calls.txt");
    for part in ["--namespace=shop", "values/prod.yaml", "--set=tag=2 --set=a=b", "-- prod "] {
        assert!(calls.contains(part), "{part}\n{calls}");
    }
    playground.write("plimsoll.yaml", settings.replace("prod.yaml", "gone.yaml").as_bytes());
    let ran = run(&playground, &["check"]);
    assert!(ran.code == 2 && ran.err.contains("error: charts/shop: helm template: there is no file"), "{}", ran.err);
    playground.write("plimsoll.yaml", b"charts:\n- path: charts/shop\n  value: []\n");
    let ran = run(&playground, &["check"]);
    assert!(ran.code == 2 && ran.err.contains("plimsoll.yaml:2:3: charts[0]: unknown field `value`"), "{}", ran.err);
}

#[test]
fn what_cannot_be_rendered_is_told_in_a_line() {
    let playground = Playground::with(&chart());
    playground.write("web.yaml", common::FINE.as_bytes());
    let check = ["check", "--policy", "missing-prestop"];
    let bare = |playground: &Playground| {
        let path = playground.path("bin");
        Ran::of(playground.command(&check).env("PATH", path).output().unwrap())
    };
    let ran = bare(&playground);
    let told = "Not rendered, because helm is not on the PATH: charts/shop.";
    assert!(ran.code == 0 && ran.err.contains(told), "{}", ran.err);
    tool(&playground, "helm", "case \"$1\" in version) echo v3;; *) echo 'Error: set replicas' >&2; exit 1;; esac");
    let ran = run(&playground, &check);
    assert!(
        ran.code == 0 && ran.err.contains("charts/shop is not rendered") && ran.err.contains("set replicas"),
        "{}",
        ran.err
    );
    let ran = run(&playground, &[check.as_slice(), &["--helm-set", "a=b"]].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    playground.write("base/kustomization.yaml", b"resources: [web.yaml]\n");
    playground.write("base/web.yaml", common::FINE.as_bytes());
    let ran = bare(&playground);
    let told = "Not built, because neither kustomize nor kubectl is on the PATH: base.";
    assert!(ran.code == 0 && ran.err.contains(told), "{}", ran.err);
}

/// What isn't there may be in the chart.
#[test]
fn a_chart_that_is_not_rendered_may_have_what_is_missing() {
    let web = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    envFrom: [{configMapRef: {name: settings}}]\n";
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {}\n";
    let playground = Playground::with(&[("web.yaml", web), ("other.yaml", other)]);
    let check = |more: &[&str]| {
        let args = [&["check", "--policy", "missing-config-reference"], more].concat();
        Ran::of(playground.command(&args).env("PATH", playground.path("bin")).output().unwrap())
    };
    assert_eq!(check(&[]).code, 1);
    for (name, text) in chart() {
        playground.write(name, text.as_bytes());
    }
    for (flags, code) in [(&[][..], 0), (&["--no-render"], 0), (&["--complete"], 1)] {
        let ran = check(flags);
        assert_eq!(ran.code, code, "{flags:?}: {}{}", ran.out, ran.err);
    }
    playground.write("charts/shop/Chart.yaml", b"apiVersion: v2\nname: shop\nversion: 1.0.0\ntype: library\n");
    assert_eq!(check(&[]).code, 1);
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn the_real_helm_renders() {
    let playground = Playground::with(&chart());
    let ran =
        playground.run(&["check", "--format", "json", "--policy", "privileged-container", "--helm-set", "replicas=4"]);
    let findings = found(&ran, "privileged-container");
    assert_eq!(findings.len(), 1, "{}{}", ran.out, ran.err);
    assert_eq!(findings[0]["file"], "charts/shop/templates/web.yaml");
    playground.write("charts/shop/values.yaml", b"tag: 1\n");
    playground.write(
        "charts/shop/templates/web.yaml",
        TEMPLATE.replace(".Values.replicas", "required \"how many?\" .Values.replicas").as_bytes(),
    );
    let ran = playground.run(&["check", "--allow-empty"]);
    assert!(ran.code == 0 && ran.err.contains("how many?"), "{}", ran.err);
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        securityContext:
          privileged: true
";

#[test]
#[ignore = "needs kustomize or kubectl: make render-tests"]
fn the_real_kustomize_builds_and_findings_are_at_the_base() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      hostNetwork: true\n";
    let playground = Playground::with(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WEB),
        ("dev/kustomization.yaml", "resources: [../base]\nnamePrefix: dev-\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamePrefix: prod-\npatches: [{path: network.yaml}]\n"),
        ("prod/network.yaml", patch),
        ("other.yaml", &WEB.replace("{name: web}", "{name: other}")),
    ]);
    let ran = playground.run(&["check", "--format", "json"]);
    let of = |policy: &str| {
        let found = found(&ran, policy);
        let place = |found: &Value| format!("{}:{}", found["file"].as_str().unwrap(), found["span"]["start"]["line"]);
        found.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(of("privileged-container"), ["other.yaml:13", "base/web.yaml:13"], "both overlays say the same");
    let host = found(&ran, "host-namespaces");
    assert!(host.len() == 1 && host[0]["file"] == "prod/(built)", "what a patch wrote: {host:?}");
    // Which are built can be said.
    playground.write("plimsoll.yaml", b"overlays: [dev]\n");
    let ran = playground.run(&["check", "--format", "json"]);
    assert!(!ran.out.contains("prod/"), "{}", ran.out);
    // A broken one is reported, and what it is made of is checked.
    playground.write("plimsoll.yaml", b"");
    playground.write("prod/kustomization.yaml", b"resources: [../base, gone.yaml]\n");
    let ran = playground.run(&["check", "--format", "json"]);
    assert!(ran.code == 1 && ran.err.contains("prod is not built, and its files are checked:"), "{}", ran.err);
}
