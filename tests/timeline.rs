//! The timeline of a pod's termination marks exactly what the policies about shutdown report.

#![allow(clippy::unwrap_used, reason = "a test may fail that way")]

use std::collections::BTreeSet;

use plimsoll::analysis::timeline::{Part, Routes, Timeline};
use plimsoll::engine::evaluate::evaluate;
use plimsoll::inventory::Objects;
use plimsoll::json::node::{Node, PathArena};
use plimsoll::kube::kinds::Kind;
use plimsoll::kube::pod::Pod;
use plimsoll::policies::lifecycle::shutdown::ShutdownRules;
use plimsoll::policy::context::Operation;
use serde_json::{Value, json};

const POLICIES: [&str; 4] = ["missing-prestop", "short-grace-period", "endless-prestop", "early-proxy-shutdown"];

#[test]
fn timeline_marks_what_policies_report() {
    let (mut compared, mut marked) = (0, 0);
    for case in POLICIES.iter().flat_map(|id| plimsoll_fixtures::of(id).unwrap()) {
        if case.fails.is_some() || case.operation == Operation::Update {
            continue;
        }
        let rules = ShutdownRules::with(|id| if id == case.policy { case.settings.clone() } else { Value::Null });
        // A period above an allowed maximum doesn't affect the termination itself.
        if case.settings.get("maxSeconds").is_some() {
            continue;
        }
        let policies = [case.configured().unwrap()];
        for checked in &case.checked {
            // These cases are not about Services: any may exist.
            let inventory = if case.inventory { case.objects() } else { Objects::new(case.cluster.clone(), false) };
            let Some(timeline) = Timeline::of(&checked.object, &inventory, &rules).unwrap() else { continue };
            let place =
                || [&case.policy, "/", &case.file, ".yaml: ", &case.name, " ", &checked.object.to_string()].concat();
            let says: BTreeSet<Option<String>> = evaluate(&policies, &case.review(&checked.object, &inventory))
                .findings
                .into_iter()
                // A probe's own period restarts one container and terminates no pod.
                .filter(|finding| !finding.path.as_str().contains("Probe"))
                .map(|finding| finding.container)
                .collect();
            let marks: BTreeSet<&str> = timeline
                .containers
                .iter()
                .filter(|stop| stop.problems.iter().any(|problem| problem.policies.contains(&case.policy.as_str())))
                .map(|stop| stop.name.as_str())
                .collect();
            compared += 1;
            marked += marks.len();
            match case.policy.as_str() {
                // The policies about hooks report the container.
                "endless-prestop" => {
                    let said: BTreeSet<&str> = says.iter().flatten().map(String::as_str).collect();
                    assert_eq!(marks, said, "{}", place());
                }
                "missing-prestop" if timeline.routes == Routes::Nothing => assert!(marks.is_empty(), "{}", place()),
                "missing-prestop" => {
                    let said: BTreeSet<&str> = says.iter().flatten().map(String::as_str).collect();
                    // A sidecar may serve long enough because the others do; otherwise the others are reported.
                    let last = |name: &str| {
                        timeline.containers.iter().any(|stop| stop.name == name && stop.part == Part::Sidecar)
                    };
                    assert!(marks.is_empty() || !said.is_empty(), "{marks:?}: {}", place());
                    assert!(marks.difference(&said).all(|name| last(name)), "{marks:?}, not {said:?}: {}", place());
                    assert!(said.difference(&marks).all(|name| last(name)), "{marks:?}, not {said:?}: {}", place());
                }
                _ => assert_eq!(!marks.is_empty(), !says.is_empty(), "{}", place()),
            }
        }
    }
    assert!(compared > 60 && marked > 30, "{compared} {marked}");
}

#[test]
fn every_fixture_has_an_ordered_termination() {
    let mut seen = 0;
    for case in plimsoll_fixtures::all().unwrap() {
        for checked in &case.checked {
            let inventory = case.objects();
            let Ok(Some(timeline)) = Timeline::of(&checked.object, &inventory, &ShutdownRules::default()) else {
                continue;
            };
            for stop in &timeline.containers {
                let signalled = stop.signalled.map_or(0, |signalled| signalled.at);
                assert!(0 <= signalled && signalled <= stop.killed, "{stop:?}");
                assert!(stop.ended.is_none_or(|ended| signalled <= ended && ended <= stop.killed), "{stop:?}");
                assert!(stop.hook.is_none_or(|hook| hook.until.at <= signalled), "{stop:?}");
                assert!(stop.problems.iter().all(|problem| problem.from <= problem.to), "{stop:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn init_containers_are_not_in_the_timeline() {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"initContainers": [{"name": "first"}], "containers": [{"name": "app"}]}});
    let arena = PathArena::new();
    let pod = Pod::of(Node::root(&object, &arena), Kind::of(&object).unwrap()).unwrap().unwrap();
    assert_eq!(pod.containers().len(), 2);
    let timeline = Timeline::of(&object, &plimsoll::inventory::Unknown, &ShutdownRules::default()).unwrap().unwrap();
    assert_eq!(timeline.containers.len(), 1);
}
