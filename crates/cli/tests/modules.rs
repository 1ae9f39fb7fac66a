//! `plimsoll test --module`: expectations in manifests, held against built modules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::path::{Path, PathBuf};

use common::{FAILING, FINE, Playground, Ran};

/// A module that `cargo xtask modules` or `make size` has built.
fn module(id: &str) -> String {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/policies");
    let folders = std::env::var_os("PLIMSOLL_MODULES").map(PathBuf::from).into_iter();
    let folders = folders.chain(["policy", "dev"].map(|profile| Path::new(built).join(profile)));
    let path = folders.map(|folder| folder.join(format!("{id}.wasm"))).find(|path| path.is_file());
    path.expect("`cargo xtask modules` builds the modules").display().to_string()
}

fn test(playground: &Playground, id: &str, args: &[&str]) -> Ran {
    playground.run(&[&["test", "--module", &module(id)], args].concat())
}

fn marked() -> String {
    FAILING.replace("- name: 'web'  # quoted on purpose", "- name: web  #~ missing-prestop")
}

#[test]
fn what_is_marked_is_denied_and_the_rest_admitted() {
    let cases = format!(
        "{}---\nkind: Case\nname: of others\npolicies: [root-user]\n---\n{FAILING}---\nkind: Case\nname: enough\nsettings: {{minSeconds: 5}}\n---\n{}",
        marked(),
        FAILING.replace("ports:", "lifecycle: {preStop: {sleep: {seconds: 5}}}\n        ports:")
    );
    let playground = Playground::with(&[("t/fail.yaml", &cases), ("t/pass.yaml", FINE)]);
    let ran = test(&playground, "missing-prestop", &["t"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(ran.err, "Tested 4 cases in 2 files: 0 failed, 1 skipped.\n");
}

#[test]
fn a_difference_says_what_the_module_answers() {
    let marked = FINE.replace("- name: worker", "- name: worker  #~ missing-prestop");
    let playground =
        Playground::with(&[("a.yaml", FAILING), ("b.yaml", &marked), ("c.yaml", &FINE.replace("worker", "w"))]);
    let ran = test(&playground, "missing-prestop", &["a.yaml", "b.yaml", "c.yaml", "--junit", "out.xml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("a.yaml (missing-prestop.wasm):1: "), "{}", ran.out);
    assert!(ran.out.contains("  2 | apiVersion: apps/v1\n    + warned: "), "{}", ran.out);
    assert!(ran.out.contains("    - missing-prestop: expected, but the module admits it"), "{}", ran.out);
    assert!(ran.err.contains("Tested 3 cases in 3 files: 2 failed."), "{}", ran.err);
    assert!(playground.read("out.xml").contains("tests=\"3\" failures=\"2\""));
}

/// The objects around the checked one are the cluster's, and what was looked up can be replayed.
#[test]
fn look_ups_see_the_case_and_become_sessions() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 3\n  \
               selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: web:1}]}\n";
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web, namespace: shop}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}\n";
    let alone = web.replace("kind: Deployment", "kind: Deployment  #~ missing-disruption-budget");
    let cases = format!("{alone}---\nkind: Case\nname: with a budget\n---\n{web}---\n{budget}");
    let playground = Playground::with(&[("budget.yaml", &cases)]);
    let ran = test(&playground, "missing-disruption-budget", &["budget.yaml", "--sessions", "sessions"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let session = playground.read("sessions/missing-disruption-budget-budget-1.session.yaml");
    assert!(session.contains("kind: PodDisruptionBudget"), "{session}");
    let request = playground.read("sessions/missing-disruption-budget-budget-1.request.json");
    assert!(request.contains("\"operation\": \"CREATE\""), "{request}");
}

#[test]
fn what_is_no_module_and_wrong_settings_are_errors() {
    let case = format!("kind: Case\nsettings: {{minSecond: 5}}\n---\n{FAILING}");
    let playground = Playground::with(&[("no.wasm", "no"), ("a.yaml", &case)]);
    let ran = playground.run(&["test", "--module", "no.wasm", "a.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("no.wasm: "), "{}", ran.err);
    let ran = test(&playground, "missing-prestop", &["a.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("a.yaml:1: missing-prestop.wasm: settings: "), "{}", ran.err);
}
