//! `plimsoll test`: expectations in manifests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{FAILING, Playground};

/// The container's line is expected to have a finding.
fn marked() -> String {
    FAILING.replace("- name: 'web'  # quoted on purpose", "- name: web  #~ missing-prestop")
}

#[test]
fn what_is_as_expected_passes() {
    let cases = format!(
        "kind: Case\nname: no hook\ngiven: true\n---\n{}---\nkind: Case\nname: enough\ngiven: true\nsettings: {{minSeconds: 5}}\n---\n{}",
        marked(),
        FAILING.replace("ports:", "lifecycle: {preStop: {sleep: {seconds: 5}}}\n        ports:")
    );
    let playground =
        Playground::with(&[("t/prestop.yaml", &cases), ("t/pass.yaml", common::FINE), ("t/web.yaml", FAILING)]);
    let ran = playground.run(&["test", "t", "--policy", "missing-prestop"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    // Of a directory, what says nothing about tests is none.
    assert_eq!(ran.err, "Tested 3 cases in 2 files: 0 failed.\n");
    let ran = playground.run(&["test", "t/web.yaml", "--policy", "missing-memory-limit"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
}

#[test]
fn a_difference_names_the_line_and_both_sides() {
    let wrong = FAILING.replace("kind: Deployment", "kind: Deployment  #~ missing-prestop missing-readiness-probe");
    let wrong = format!("kind: Case\ngiven: true\n---\n{wrong}");
    let playground = Playground::with(&[("wrong.yaml", &wrong)]);
    let ran = playground.run(&["test", "--policy", "missing-prestop", "--junit", "out.xml", "wrong.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let line = ran.out.lines().nth(4).unwrap_or_default();
    assert!(line.starts_with("  12 | "), "{}", ran.out);
    assert_eq!(
        ran.out.lines().take(4).collect::<Vec<_>>(),
        [
            "wrong.yaml:1: without a name",
            "  6 | kind: Deployment",
            "    - missing-prestop: expected, not found",
            "    - missing-readiness-probe: expected, but this policy does not check the case",
        ]
    );
    assert!(ran.out.contains("    + missing-prestop: container \"web\" has no preStop hook"), "{}", ran.out);
    assert_eq!(ran.err, "Tested 1 case in 1 file: 1 failed.\n");
    let xml = playground.read("out.xml");
    assert!(xml.contains("<testsuites name=\"plimsoll test\" tests=\"1\" failures=\"1\">"), "{xml}");
    assert!(xml.contains("name=\"line 1\" file=\"wrong.yaml\" line=\"1\"><failure"), "{xml}");
    assert!(xml.contains("- missing-prestop: expected, not found"), "{xml}");
}

#[test]
fn the_configuration_and_the_case_say_which_policies_check() {
    let case = "kind: Case\nname: two\npolicies: [missing-prestop, root-user]\ngiven: true\n---\n";
    let playground = Playground::with(&[
        ("plimsoll.yaml", "policies: {missing-prestop: {minSeconds: 40}}\n"),
        (
            "case.yaml",
            &format!(
                "{case}{}",
                FAILING.replace("ports:", "lifecycle: {preStop: {sleep: {seconds: 20}}}\n        ports:")
            ),
        ),
    ]);
    let ran = playground.run(&["test", "case.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    // With the configuration's settings, and nothing of any other policy.
    assert!(ran.out.contains("+ missing-prestop: ") && ran.out.contains("+ root-user: "), "{}", ran.out);
    assert_eq!(ran.out.matches("    + ").count(), 2, "{}", ran.out);
    let ran = playground.run(&["test", "case.yaml", "--no-config"]);
    assert!(!ran.out.contains("missing-prestop"), "{}", ran.out);
}

#[test]
fn what_cannot_be_a_test_is_an_error() {
    for (text, args, error) in [
        ("kind: Case\nsettings: {minSeconds: 5}\n---\n", &["a.yaml"][..], "settings, which are those of one policy"),
        (
            "kind: Case\nsettings: {seconds: 5}\n---\n",
            &["a.yaml", "--policy", "missing-prestop"],
            "settings of missing-prestop",
        ),
        ("kind: Case\npolicies: [missing-prestopp]\n---\n", &["a.yaml"], "did you mean `missing-prestop`?"),
        ("# is there #~ missing-prestopp\n", &["a.yaml"], "a.yaml:1: there is no policy `missing-prestopp`"),
        ("kind: Case\nnames: x\n---\n", &["a.yaml"], "unknown field `names`"),
        ("kind: {\n", &["a.yaml"], "a.yaml"),
        ("", &["."], "there is no test here"),
    ] {
        let playground = Playground::with(&[("a.yaml", &format!("{text}{}", common::FINE))]);
        let ran = playground.run(&[&["test"], args].concat());
        assert_eq!(ran.code, 2, "{text}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(error), "{text}: {}", ran.err);
    }
}

/// The policies' own fixtures are such tests.
#[test]
fn fixtures_of_this_repository_pass() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    let playground = Playground::with(&[]);
    for policy in ["missing-prestop", "drain-deadlock", "root-user", "duplicate-env", "missing-config-reference"] {
        let fixtures = format!("{root}/{policy}/fixtures");
        let ran = playground.run(&["test", &fixtures, "--policy", policy]);
        assert_eq!(ran.code, 0, "{policy}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("cases in "), "{}", ran.err);
    }
}
