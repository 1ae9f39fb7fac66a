//! The data about peers agrees with itself, and with the policies.

#![allow(clippy::unwrap_used, reason = "a test may fail that way")]

use std::collections::BTreeSet;

use plimsoll::engine::config::{Choice, Configuration};
use plimsoll_lint::unknown_field::{self, ONLY_FILES};
use plimsoll_peers::{Answer, Peer};
use serde_json::json;

fn peers() -> Vec<Peer> {
    plimsoll_peers::all().unwrap()
}

#[test]
fn every_file_is_read_under_its_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/peers");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let read: BTreeSet<String> = plimsoll_peers::names().map(str::to_owned).collect();
    assert_eq!(files, read);
    for (peer, name) in peers().iter().zip(plimsoll_peers::names()) {
        assert_eq!(peer.peer, name);
        assert!(plimsoll_peers::named(&name.to_uppercase()).is_some());
        assert_eq!(peer.commit.len(), 40, "{name}");
        assert!(peer.date.len() == 10 && peer.date.starts_with("20"), "{name}: {}", peer.date);
    }
}

#[test]
fn every_policy_named_exists() {
    let known: BTreeSet<&str> = unknown_field::all().map(|entry| entry.metadata.id).collect();
    let mut missing = BTreeSet::new();
    for peer in peers() {
        for (id, check) in peer.checks.iter().chain(&peer.templates) {
            let unknown = check.ours.iter().filter(|ours| !known.contains(ours.as_str()));
            missing.extend(unknown.map(|ours| format!("{ours} ({}/{id})", peer.peer)));
            for set in check.settings.keys() {
                assert!(check.ours.contains(set), "{}/{id}: settings of {set}, which isn't named", peer.peer);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_setting_is_one() {
    let known: BTreeSet<&str> = unknown_field::all().map(|entry| entry.metadata.id).collect();
    for peer in peers() {
        for (id, check) in peer.checks.iter().chain(&peer.templates) {
            // Those that there aren't are another test's.
            let settings = check.settings.iter().filter(|(policy, _)| known.contains(policy.as_str()));
            let policies: serde_json::Map<_, _> =
                settings.map(|(policy, set)| (policy.clone(), set.clone().into())).collect();
            let choice = Choice { more: &ONLY_FILES, ..Choice::default() };
            let read = Configuration::read(&json!({"policies": policies}), choice);
            assert!(read.is_ok(), "{}/{id}: {}", peer.peer, read.unwrap_err());
        }
    }
}

#[test]
fn every_check_is_there_once_and_says_something() {
    for peer in peers() {
        let mut seen = BTreeSet::new();
        for (id, answer) in peer.answers() {
            assert!(seen.insert(id.to_lowercase()), "{}/{id} is there twice", peer.peer);
            match answer {
                Answer::Ours(check) => assert!(!check.ours.is_empty(), "{}/{id}", peer.peer),
                Answer::Out(group) => assert!(!group.reason.is_empty(), "{}/{id}", peer.peer),
            }
        }
        let texts = peer.checks.values().chain(peer.templates.values()).filter_map(|check| check.differs.as_deref());
        for text in texts.chain(peer.out_of_scope.iter().map(|group| group.reason.as_str())) {
            assert!(text.ends_with('.') && !text.contains(['|', '\n']), "{}: {text}", peer.peer);
        }
    }
}

/// As many as when they were read: a line that is lost is noticed.
#[test]
fn every_check_that_was_read_is_there() {
    let counts: Vec<(String, usize)> = peers().iter().map(|peer| (peer.peer.clone(), peer.answers().count())).collect();
    let expected = [
        ("kube-linter", 63),
        ("kube-score", 39),
        ("polaris", 44),
        ("kyverno", 236),
        ("gatekeeper", 49),
        ("kubewarden", 48),
        ("popeye", 117),
        ("kubescape", 281),
    ];
    assert_eq!(counts, expected.map(|(peer, count)| (peer.to_owned(), count)));
}

#[test]
fn checks_are_found_whatever_their_case_and_sorted_by_number() {
    let popeye = plimsoll_peers::named("popeye").unwrap();
    let ids: Vec<&str> = popeye.answers().map(|(id, _)| id).collect();
    let place = |id: &str| ids.iter().position(|known| *known == id).unwrap();
    assert!(place("POP-209") < place("POP-1000"), "{ids:?}");
    assert!(matches!(popeye.answer("pop-108"), Some(("POP-108", Answer::Ours(_)))));
    assert!(matches!(popeye.answer("POP-700"), Some((_, Answer::Out(_)))));
    assert!(popeye.answer("POP-1").is_none());
}
