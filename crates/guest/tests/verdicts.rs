//! How findings affect the verdict.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::Arc;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::{Inventory, Objects, Unknown};
use plimsoll::kube::kinds;
use plimsoll::policies::POLICIES;
use plimsoll::settings::Date;
use plimsoll_guest::validate_in;
use serde_json::{Value, json};

/// The module's answer to the creation of a Deployment with this container.
fn answer(id: &str, container: &Value, settings: &Value) -> Value {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let payload = json!({"settings": settings, "request": {
        "operation": "CREATE",
        "namespace": "shop",
        "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "userInfo": {"username": "alice"},
        "object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": [container]}}}},
    }});
    let configure = |settings: &Value| (entry.configure)(settings).map(|policy| vec![policy]);
    serde_json::from_slice(&validate_in(payload.to_string().as_bytes(), &configure, &Unknown, Date::LAST)).unwrap()
}

#[test]
fn violation_denies_and_note_warns() {
    let violation = json!({"name": "web", "image": "web:1"});
    let note = json!({"name": "web", "image": "web:1", "securityContext": {"readOnlyRootFilesystem": true}});
    let id = "writable-root-filesystem";
    assert_eq!(answer(id, &violation, &json!({}))["accepted"], false);
    let noted = answer(id, &note, &json!({}));
    assert_eq!((&noted["accepted"], noted["warnings"].as_array().unwrap().len()), (&json!(true), 1), "{noted}");
    assert_eq!(answer(id, &note, &json!({"onViolation": "deny"}))["accepted"], false);
}

/// The answer of a policy to a request.
fn ask(id: &str, settings: &Value, request: &Value, inventory: &dyn Inventory) -> Value {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let configure = |settings: &Value| (entry.configure)(settings).map(|policy| vec![policy]);
    let payload = json!({"settings": settings, "request": request}).to_string();
    serde_json::from_slice(&validate_in(payload.as_bytes(), &configure, inventory, Date::LAST)).unwrap()
}

fn nothing() -> Objects {
    Objects::new(Vec::new(), true)
}

/// A privileged Pod with an owner, created by `user`.
fn pod_of(user: &str, owner: (&str, &str)) -> Value {
    json!({
        "operation": "CREATE", "namespace": "shop", "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "userInfo": {"username": user},
        "object": {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-1", "ownerReferences": [
                {"apiVersion": owner.0, "kind": owner.1, "name": "web", "uid": "1", "controller": true},
            ]},
            "spec": {"containers": [{"name": "web", "image": "web:1", "securityContext": {"privileged": true}}]},
        },
    })
}

const REPLICA_SET_CONTROLLER: &str = "system:serviceaccount:kube-system:replicaset-controller";

#[test]
fn controller_created_objects_of_a_checked_owner_pass() {
    let id = "privileged-container";
    let accepted = |settings: Value, request: &Value| ask(id, &settings, request, &nothing())["accepted"] == true;
    let replica_set = ("apps/v1", "ReplicaSet");
    let of_controller = pod_of(REPLICA_SET_CONTROLLER, replica_set);
    let answer = ask(id, &json!({}), &of_controller, &nothing());
    assert_eq!(
        (&answer["accepted"], &answer["warnings"]),
        (&json!(true), &json!(null)),
        "a controller reads no warnings"
    );
    assert!(accepted(json!({}), &pod_of("system:kube-controller-manager", replica_set)));
    // Anybody can write an owner reference, and an owner of an unchecked kind doesn't count.
    assert!(!accepted(json!({}), &pod_of("alice", replica_set)));
    assert!(!accepted(json!({}), &pod_of(REPLICA_SET_CONTROLLER, ("example.com/v1", "Widget"))));
    assert!(!accepted(json!({}), &pod_of(REPLICA_SET_CONTROLLER, ("example.com/v1", "ReplicaSet"))));
    assert!(!accepted(json!({"controlled": "check"}), &of_controller));
    assert!(!accepted(json!({"controllers": ["system:serviceaccount:ops:scaler"]}), &of_controller));
    assert!(accepted(json!({"controllers": ["alice"]}), &pod_of("alice", replica_set)));
    // The background audit sends no user, and checks everything.
    let mut audit = of_controller.clone();
    audit.as_object_mut().unwrap().remove("userInfo");
    assert!(!accepted(json!({}), &audit));
    // An owner reference without `controller: true` doesn't count.
    let mut bare = of_controller;
    bare["object"]["metadata"]["ownerReferences"][0]["controller"] = json!(false);
    assert!(!accepted(json!({}), &bare));
}

/// A pod is never left unchecked: a policy that doesn't target the owner checks the pod itself.
#[test]
fn every_policy_checks_the_owner_or_the_pod() {
    let owners =
        [&kinds::REPLICA_SET, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::REPLICATION_CONTROLLER, &kinds::JOB];
    let mut counted = 0;
    for entry in POLICIES.iter().filter(|entry| entry.metadata.targets.contains(&&kinds::POD)) {
        for owner in owners {
            let request = pod_of(REPLICA_SET_CONTROLLER, (owner.api_version().as_str(), owner.name));
            let policy = (entry.configure)(&json!({})).unwrap();
            let inventory = nothing();
            let review = |user| Review {
                requested_by: user,
                namespace: Some("shop"),
                ..Review::create(&request["object"], &inventory, Date::LAST)
            };
            let all = evaluate(std::slice::from_ref(&policy), &review(None)).findings.len();
            let asked = evaluate(std::slice::from_ref(&policy), &review(Some(REPLICA_SET_CONTROLLER))).findings.len();
            let expected = if entry.admission_targets.contains(&owner) { 0 } else { all };
            assert_eq!(asked, expected, "{}: pod of a {}", entry.metadata.id, owner.name);
            counted += usize::from(all > 0);
        }
    }
    assert!(counted > 40, "only {counted} findings");
}

#[test]
fn controller_created_replica_sets_and_jobs_pass() {
    let pod =
        json!({"spec": {"containers": [{"name": "web", "image": "web:1", "securityContext": {"privileged": true}}]}});
    for (api_version, kind, owner, controller) in [
        ("apps/v1", "ReplicaSet", ("apps/v1", "Deployment"), "deployment-controller"),
        ("batch/v1", "Job", ("batch/v1", "CronJob"), "cronjob-controller"),
    ] {
        let (group, version) = api_version.split_once('/').unwrap();
        let mut request = pod_of(&format!("system:serviceaccount:kube-system:{controller}"), owner);
        request["kind"] = json!({"group": group, "version": version, "kind": kind});
        request["object"]["apiVersion"] = json!(api_version);
        request["object"]["kind"] = json!(kind);
        request["object"]["spec"] = json!({ "template": pod });
        let accepted =
            |request: &Value| ask("privileged-container", &json!({}), request, &nothing())["accepted"] == true;
        assert!(accepted(&request), "{kind}");
        request["userInfo"]["username"] = json!("alice");
        assert!(!accepted(&request), "{kind}");
    }
}

/// The requests for a Deployment, its ReplicaSet and its Pod, as their controllers create them. The annotations are
/// those of the Deployment and of its template.
fn chain(own: &Value, template: &Value) -> [Value; 3] {
    let spec = json!({"containers": [{"name": "web", "image": "web:1", "securityContext": {"privileged": true}}]});
    let template = json!({"metadata": {"annotations": template}, "spec": spec});
    let request = |user: &str, kind: &str, object: Value| {
        let (group, version) = if kind == "Pod" { ("", "v1") } else { ("apps", "v1") };
        json!({
            "operation": "CREATE", "namespace": "shop", "kind": {"group": group, "version": version, "kind": kind},
            "userInfo": {"username": user}, "object": object,
        })
    };
    let owned = |name: &str, kind: &str, owner: &str| {
        json!({"name": name, "annotations": if kind == "Pod" { &template["metadata"]["annotations"] } else { own },
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind_of_owner(kind), "name": owner, "uid": "1", "controller": true}]})
    };
    [
        request(
            "alice",
            "Deployment",
            json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "annotations": own}, "spec": {"template": template}}),
        ),
        request(
            "system:serviceaccount:kube-system:deployment-controller",
            "ReplicaSet",
            json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": owned("web-7d9f", "ReplicaSet", "web"),
            "spec": {"template": template}}),
        ),
        request(
            REPLICA_SET_CONTROLLER,
            "Pod",
            json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": owned("web-7d9f-x2x", "Pod", "web-7d9f"), "spec": spec}),
        ),
    ]
}

fn kind_of_owner(kind: &str) -> &str {
    if kind == "Pod" { "ReplicaSet" } else { "Deployment" }
}

#[test]
fn exemption_of_a_deployment_covers_its_created_objects() {
    let accepted = |settings: Value, requests: &[Value; 3]| {
        requests
            .each_ref()
            .map(|request| ask("privileged-container", &settings, request, &nothing())["accepted"] == true)
    };
    let named = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({"name": name, "reason": "drives the GPU"})).collect()
    };
    let none = json!({});
    let annotation = json!({"plimsoll.dev/ignore.privileged-container": "drives the GPU"});
    let plain = chain(&none, &none);
    assert_eq!(accepted(json!({}), &plain), [false, true, true]);
    assert_eq!(accepted(json!({"exempt": named(&["web"])}), &plain), [true; 3]);
    // Without passing controller-created objects.
    let check = |more: Value| {
        let mut settings = json!({"controlled": "check", "honorAnnotations": true});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    assert_eq!(accepted(check(json!({})), &plain), [false; 3]);
    assert_eq!(accepted(check(json!({"exempt": named(&["web"])})), &plain), [true, false, false]);
    assert_eq!(accepted(check(json!({"exempt": named(&["web", "web-*"])})), &plain), [true; 3]);
    assert_eq!(accepted(check(json!({})), &chain(&none, &annotation)), [true; 3]);
}

fn update(old: &Value, new: &Value) -> Value {
    json!({
        "operation": "UPDATE", "namespace": "shop", "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "userInfo": {"username": "alice"}, "object": new, "oldObject": old,
    })
}

fn deployment(replicas: u32, image: &str, privileged: &[&str]) -> Value {
    let containers: Vec<Value> = privileged
        .iter()
        .map(|name| json!({"name": name, "image": image, "securityContext": {"privileged": true}}))
        .collect();
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
    })
}

#[test]
fn update_is_denied_only_for_new_violations() {
    let id = "privileged-container";
    let accepted = |settings: &Value, old: &Value, new: &Value| {
        ask(id, settings, &update(old, new), &nothing())["accepted"] == true
    };
    let old = deployment(1, "web:1", &["a"]);
    assert!(accepted(&json!({}), &old, &deployment(5, "web:1", &["a"])), "only scaled");
    assert!(!accepted(&json!({"onUpdate": "always"}), &old, &deployment(5, "web:1", &["a"])));
    assert!(!accepted(&json!({}), &old, &deployment(1, "web:1", &["a", "b"])));
    // An exemption covers the image that it names, not a later one.
    let exempt = json!({"exempt": [{"reason": "reviewed", "image": "web:1"}]});
    assert!(accepted(&exempt, &old, &deployment(5, "web:1", &["a"])));
    assert!(!accepted(&exempt, &old, &deployment(1, "web:2", &["a"])));
}

#[test]
fn scaling_is_denied_only_for_what_it_adds() {
    let scaled = |id: &str, from: u32, to: u32, inventory: &Objects| {
        let [mut old, mut new] = [from, to].map(|replicas| deployment(replicas, "web:latest", &["a"]));
        for object in [&mut old, &mut new] {
            object["spec"]["template"]["metadata"] = json!({"labels": {"app": "web"}});
        }
        ask(id, &json!({}), &update(&old, &new), inventory)["accepted"] == true
    };
    for old_fault in ["privileged-container", "mutable-image-tag", "missing-requests"] {
        assert!(scaled(old_fault, 3, 1, &nothing()), "{old_fault}");
    }
    assert!(!scaled("single-replica", 3, 1, &nothing()));
    assert!(scaled("single-replica", 1, 1, &nothing()), "as before");
    assert!(scaled("single-replica", 1, 2, &nothing()));
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
    });
    let budget = Objects::cluster(vec![Arc::new(budget)]);
    assert!(!scaled("drain-deadlock", 3, 2, &budget));
    assert!(scaled("drain-deadlock", 2, 2, &budget), "as before");
    assert!(scaled("drain-deadlock", 2, 3, &budget));
}

fn created(object: &Value) -> Value {
    json!({
        "operation": "CREATE", "namespace": "shop", "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "userInfo": {"username": "alice"}, "object": object,
    })
}

#[test]
fn missing_companion_on_create_is_silent() {
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        }},
    });
    let answer = |settings: Value, request: &Value| {
        let answer = ask("missing-disruption-budget", &settings, request, &nothing());
        (answer["accepted"] == true, answer["warnings"].as_array().map_or(0, Vec::len))
    };
    let request = created(&web);
    assert_eq!(answer(json!({}), &request), (true, 0));
    assert_eq!(answer(json!({"onViolation": "deny"}), &request), (true, 0));
    assert_eq!(answer(json!({"onMissingCompanion": "warn"}), &request), (true, 1));
    assert_eq!(answer(json!({"onMissingCompanion": "deny"}), &request), (false, 0));
    assert_eq!(answer(json!({"onMissingCompanion": "deny", "onViolation": "warn"}), &request), (true, 1));
    let mut audit = request;
    audit.as_object_mut().unwrap().remove("userInfo");
    assert_eq!(answer(json!({}), &audit), (false, 0), "by then it should be there");
}

#[test]
fn policy_whose_findings_wait_for_other_objects_looks_nothing_up_on_create() {
    let mut web = deployment(3, "web:1", &["a"]);
    web["spec"]["template"]["metadata"] = json!({"labels": {"app": "web"}});
    // No look-up succeeds here.
    let answer = |settings: Value, request: &Value| ask("missing-disruption-budget", &settings, request, &Unknown);
    let request = created(&web);
    assert_eq!(answer(json!({}), &request), json!({"accepted": true}));
    for settings in [
        json!({"onMissingCompanion": "warn"}),
        json!({"onMissingCompanion": "deny"}),
        json!({"onViolation": "fix", "otherwise": "deny"}),
    ] {
        assert_ne!(answer(settings.clone(), &request), json!({"accepted": true}), "{settings}");
    }
    assert_ne!(answer(json!({}), &update(&deployment(1, "web:1", &["a"]), &web)), json!({"accepted": true}));
    let mut audit = request;
    audit.as_object_mut().unwrap().remove("userInfo");
    assert_ne!(answer(json!({}), &audit), json!({"accepted": true}));
}

#[test]
fn violation_without_allowed_fix_warns_unless_otherwise_denies() {
    let web = deployment(1, "web:1", &["a"]);
    let answer = |settings: Value| {
        let answer = ask("host-port", &settings, &created(&web), &nothing());
        assert_eq!(answer["accepted"], true, "{answer}");
        let mut web = web.clone();
        web["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{"containerPort": 80, "hostPort": 80}]);
        let answer = ask("host-port", &settings, &created(&web), &nothing());
        (answer["accepted"] == true, answer["warnings"].as_array().map_or(0, Vec::len))
    };
    // Its fix is unsafe and therefore not applied.
    assert_eq!(answer(json!({"onViolation": "fix"})), (true, 1));
    assert_eq!(answer(json!({"onViolation": "fix", "otherwise": "deny"})), (false, 0));
}

#[test]
fn denial_shows_the_five_worst_findings() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let request = created(&deployment(1, "web:1", &names));
    let answer = ask("privileged-container", &json!({}), &request, &nothing());
    let message = answer["message"].as_str().unwrap();
    assert_eq!(message.lines().filter(|line| line.starts_with("- ")).count(), 5, "{message}");
    assert!(message.starts_with("7 findings\n"), "{message}");
    assert!(message.ends_with("\nand 2 more: `plimsoll check` on the manifest shows all"), "{message}");
    let five = ask("privileged-container", &json!({}), &created(&deployment(1, "web:1", &names[..5])), &nothing());
    assert!(!five["message"].as_str().unwrap().contains(" more: "));
}

#[test]
fn fixed_findings_cause_no_warning() {
    let request = json!({
        "operation": "CREATE", "namespace": "shop",
        "kind": {"group": "policy", "version": "v1", "kind": "PodDisruptionBudget"},
        "userInfo": {"username": "alice"},
        "object": {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
            "spec": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "IfHealthyBudget"}},
    });
    let answer =
        ask("stuck-unhealthy-pods", &json!({"onViolation": "fix", "applyFixes": "unsafe"}), &request, &nothing());
    assert_eq!((&answer["accepted"], &answer["warnings"]), (&json!(true), &json!(null)), "{answer}");
    assert_eq!(answer["mutated_object"]["spec"]["unhealthyPodEvictionPolicy"], "AlwaysAllow");
}

/// Kubernetes creates a ConfigMap without labels in every namespace, which pods need to start. One policy of the suite
/// checks all ConfigMaps, and another one would report this one.
#[test]
fn suite_runs_a_policy_only_on_its_own_kinds() {
    let named = |id: &str| POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let both = [named("missing-labels"), named("secret-in-config-map")];
    let configure = |settings: &Value| both.iter().map(|entry| (entry.configure)(settings)).collect();
    let accepted = |data: &Value| {
        let payload = json!({"settings": {}, "request": {
            "operation": "CREATE", "namespace": "shop", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
            "userInfo": {"username": "system:serviceaccount:kube-system:root-ca-cert-publisher"},
            "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt", "namespace": "shop"},
                "data": data},
        }});
        let answer = validate_in(payload.to_string().as_bytes(), &configure, &nothing(), Date::LAST);
        serde_json::from_slice::<Value>(&answer).unwrap()["accepted"] == true
    };
    assert!(accepted(&json!({"ca.crt": "-----BEGIN CERTIFICATE-----"})));
    assert!(!accepted(&json!({"password": "k3vX9pQ2mW7zR4tB"})));
}
