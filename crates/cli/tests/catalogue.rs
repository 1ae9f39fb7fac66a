//! `plimsoll list`, `explain` and `completions` as they are called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::Playground;
use plimsoll_lint::unknown_field;

#[test]
fn the_list_follows_the_profile() {
    let playground = Playground::with(&[]);
    let ids = |profile: &str| {
        let json = playground.run(&["list", "--format", "json", "--profile", profile]).json();
        let ids = json.as_array().unwrap().iter().map(|policy| policy["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let (starter, production) = (ids("starter"), ids("production"));
    assert!(!starter.contains(&"missing-prestop".to_owned()) && production.contains(&"missing-prestop".to_owned()));
    assert!(starter.iter().all(|id| production.contains(id)));
    let ran = playground.run(&["list"]);
    assert_eq!(ran.out.lines().count(), 1 + unknown_field::all().count());
}

#[test]
fn every_policy_is_explained() {
    let playground = Playground::with(&[]);
    for entry in unknown_field::all() {
        let ran = playground.run(&["explain", entry.metadata.id]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let heading = format!("# {}\n", entry.metadata.id);
        assert!(ran.out.starts_with(&heading) && ran.out.contains("## Why"), "{}", ran.out);
    }
    let json = playground.run(&["explain", "missing-prestop", "--format", "json"]).json();
    let setting = json["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == "minSeconds").unwrap();
    assert_eq!(setting["default"], 15);
    assert!(!setting["description"].as_str().unwrap().is_empty());
}

#[test]
fn an_unknown_policy_is_met_with_a_guess() {
    let ran = Playground::with(&[]).run(&["explain", "prestop-missing"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let ran = Playground::with(&[]).run(&["explain", "missing_prestop"]);
    assert!(ran.err.contains("did you mean `missing-prestop`?"), "{}", ran.err);
}

#[test]
fn shells_get_their_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Playground::with(&[]).run(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("plimsoll") && ran.out.contains("min-severity"), "{shell}");
    }
}

#[test]
fn manual_pages_are_of_every_command() {
    let playground = Playground::with(&[]);
    let ran = playground.run(&["man"]);
    assert!(ran.code == 0 && ran.out.contains(".TH plimsoll 1"), "{}{}", ran.out, ran.err);
    let ran = playground.run(&["man", "--dir", "man/man1"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let pages = std::fs::read_dir(playground.path("man/man1")).unwrap().map(|page| page.unwrap().file_name());
    let pages: std::collections::BTreeSet<String> = pages.map(|name| name.into_string().unwrap()).collect();
    for page in ["plimsoll.1", "plimsoll-check.1", "plimsoll-fix.1", "plimsoll-doctor.1"] {
        assert!(pages.contains(page), "{pages:?}");
    }
    assert!(playground.read("man/man1/plimsoll-check.1").contains("baseline"));
}

#[test]
fn the_long_version_names_kubernetes() {
    let ran = Playground::with(&[]).run(&["--version"]);
    let version = env!("CARGO_PKG_VERSION");
    assert!(ran.out.starts_with(&format!("plimsoll {version} (")), "{}", ran.out);
    assert!(ran.out.trim_end().lines().nth(1).is_some_and(|line| line.starts_with("Kubernetes 1.")), "{}", ran.out);
    assert_eq!(Playground::with(&[]).run(&["-V"]).out, format!("plimsoll {version}\n"));
}
