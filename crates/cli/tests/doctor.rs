//! `plimsoll doctor`, against an API server that answers what is given.

#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::recorded::Recorded;
use common::{Playground, Ran};
use serde_json::{Value, json};

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const PODS: &str = "/api/v1/pods";

fn review(allowed: bool) -> String {
    json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "status": {"allowed": allowed}})
        .to_string()
}

/// A pod without a memory limit, made by a ReplicaSet if there is an owner.
fn pod(namespace: &str, name: &str, owner: Option<&str>) -> Value {
    let owners = owner.map(
        |owner| json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "controller": true, "uid": "1"}]),
    );
    json!({"metadata": {"name": name, "namespace": namespace, "ownerReferences": owners.unwrap_or_else(|| json!([]))},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Running"}})
}

fn deployment(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace, "managedFields": []},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}})
}

fn list(items: &[Value]) -> String {
    json!({"kind": "List", "metadata": {}, "items": items}).to_string()
}

fn doctor(server: &Recorded, args: &[&str]) -> Ran {
    let playground = Playground::with(&[("kubeconfig", &server.kubeconfig("{}"))]);
    let mut command = playground.command(&["doctor"]);
    command.args(args).env("KUBECONFIG", playground.path("kubeconfig")).env("HOME", playground.path("home"));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "KUBERNETES_SERVICE_HOST"] {
        command.env_remove(name);
    }
    Ran::of(command.output().unwrap())
}

#[test]
fn missing_permissions_are_listed_with_their_policies_and_as_rbac() {
    let server = Recorded::serve_texts(&[(REVIEWS, 201, &review(false))]);
    let args = ["--policy", "drain-deadlock", "--policy", "missing-config-reference", "--service-account", "ops/gate"];
    let ran = doctor(&server, &args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("Permissions of service account ops/gate"), "{}", ran.out);
    let line = |resource: &str| ran.out.lines().find(|line| line.contains(resource)).unwrap_or_default().to_owned();
    assert!(line("poddisruptionbudgets.policy").ends_with("list, watch       for drain-deadlock"), "{}", ran.out);
    assert!(line("secrets").ends_with("get               for missing-config-reference"), "{}", ran.out);
    assert!(ran.out.contains("whatever onError says"), "{}", ran.out);

    let asked = server.asked().len();
    let ran = doctor(&server, &[&args[..], &["--rbac"]].concat());
    assert_eq!((ran.code, server.asked().len()), (0, asked), "{}", ran.err);
    let file = plimsoll_manifest::read(ran.out.as_bytes(), &plimsoll_manifest::Limits::default());
    assert!(file.errors.is_empty(), "{}", ran.out);
    // Each policy's own, so that nothing is taken from others.
    let [_, _, role, binding] = &file.documents[..] else { unreachable!("{}", ran.out) };
    assert_eq!(role.value["metadata"]["name"], "plimsoll-missing-config-reference");
    assert_eq!(binding.value["subjects"], json!([{"kind": "ServiceAccount", "name": "gate", "namespace": "ops"}]));
    let secrets = role.value["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["resources"].as_array().unwrap().contains(&json!("secrets")));
    assert_eq!(secrets.unwrap()["verbs"], json!(["get"]));
}

#[test]
fn with_all_permissions_and_no_findings_nothing_is_in_the_way() {
    let resources = |names: &[&str]| {
        let resources: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"kind": "APIResourceList", "resources": resources}).to_string()
    };
    let server = Recorded::serve_texts(&[
        (REVIEWS, 201, &review(true)),
        ("/api/v1", 200, &resources(&["pods", "pods/status", "replicationcontrollers"])),
        ("/apis/apps/v1", 200, &resources(&["deployments", "replicasets", "statefulsets", "daemonsets"])),
        ("/apis/autoscaling/v2", 200, &resources(&["horizontalpodautoscalers"])),
        ("/apis/batch/v1", 200, &resources(&["jobs", "cronjobs"])),
        ("/apis/policy/v1", 200, &resources(&["poddisruptionbudgets"])),
    ]);
    let ran = doctor(&server, &["--policy", "drain-deadlock"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("all 8 there") && ran.out.contains("no findings"), "{}", ran.out);
    // Besides reviews, which change nothing, it only reads.
    assert!(server.asked().iter().all(|request| request.method == "GET" || request.path.starts_with(REVIEWS)));
    let ran = doctor(&server, &["--policy", "root-user"]);
    assert!(ran.out.contains("none needed"), "{}", ran.out);
}

#[test]
fn a_service_account_that_is_not_there_is_named() {
    let version = json!({"groupVersion": "policies.kubewarden.io/v1", "version": "v1"});
    let groups = json!({"kind": "APIGroupList", "groups": [
        {"name": "policies.kubewarden.io", "versions": [version], "preferredVersion": version}]})
    .to_string();
    let account = json!({"kind": "PartialObjectMetadata", "metadata": {"name": "gate"}}).to_string();
    let path = "/api/v1/namespaces/ops/serviceaccounts/gate";
    let known = [("/apis", 200, groups.as_str()), (path, 200, &account), (REVIEWS, 201, &review(true))];
    let server = Recorded::serve_texts(&known);
    let args = ["--policy", "root-user", "--service-account"];
    let ran = doctor(&server, &[&args[..], &["ops/gate"]].concat());
    assert!(!ran.out.contains("no such service account"), "{}", ran.out);
    let ran = doctor(&server, &[&args[..], &["ops/door"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("There is no such service account: name PolicyServer's"), "{}", ran.out);
    // Before Kubewarden is installed, that is no surprise.
    let server = Recorded::serve_texts(&known[1..]);
    let ran = doctor(&server, &[&args[..], &["ops/door"]].concat());
    assert!(!ran.out.contains("no such service account"), "{}", ran.out);
}

#[test]
fn releases_of_helm_are_not_read() {
    let server = Recorded::serve_texts(&[(REVIEWS, 201, &review(true))]);
    doctor(&server, &["--policy", "missing-config-reference"]);
    let secrets: Vec<String> = server.paths().into_iter().filter(|path| path.starts_with("/api/v1/secrets")).collect();
    let [all] = &secrets[..] else { unreachable!("{secrets:?}") };
    assert!(all.contains("fieldSelector=type%21%3Dhelm.sh%2Frelease.v1"), "{all}");
}

#[test]
fn unanswered_reviews_are_no_permissions() {
    let forbidden = json!({"kind": "Status", "message": "subjectaccessreviews is forbidden", "code": 403}).to_string();
    let server = Recorded::serve_texts(&[(REVIEWS, 403, &forbidden)]);
    let ran = doctor(&server, &["--policy", "drain-deadlock"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("not checked: answered 403: subjectaccessreviews is forbidden"), "{}", ran.out);
}

#[test]
fn objects_of_people_are_rejected_and_those_of_controllers_pass() {
    let pods = list(&[pod("shop", "web-1", Some("web")), pod("shop", "alone", None), pod("kubewarden", "dns", None)]);
    let deployments = list(&[deployment("shop", "web"), deployment("pay", "api"), deployment("kubewarden", "dns")]);
    let server = Recorded::serve_texts(&[(PODS, 200, &pods), (DEPLOYMENTS, 200, &deployments)]);
    let args = ["--policy", "missing-memory-limit", "--format", "json"];
    let ran = doctor(&server, &args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let json = ran.json();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor-output.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
    let objects = &json["objects"];
    let number = |field: &str| objects[field].as_u64().unwrap();
    assert_eq!((number("checked"), number("namespaces"), number("rejected"), number("controlled")), (4, 2, 3, 1));
    assert_eq!(objects["leftOut"], json!(["kubewarden"]));
    let policy = &objects["policies"][0];
    assert_eq!(
        (&policy["policy"], &policy["namespaces"]),
        (&json!("missing-memory-limit"), &json!({"pay": 1, "shop": 2}))
    );
    assert_eq!((&policy["rejected"], &policy["controlled"], &policy["noted"]), (&json!(3), &json!(1), &json!(0)));

    let ran = doctor(&server, &["--policy", "missing-memory-limit", "-n", "kubewarden"]);
    assert!(ran.out.contains("2 objects in 1 namespace\n"), "{}", ran.out);
    assert!(!ran.out.contains("left out"), "{}", ran.out);
}

#[test]
fn unserved_kinds_name_their_policies() {
    let resources = json!({"kind": "APIResourceList", "resources": [{"name": "deployments"}]}).to_string();
    let server = Recorded::serve_texts(&[("/apis/apps/v1", 200, &resources), (REVIEWS, 201, &review(true))]);
    let ran = doctor(&server, &["--policy", "missing-memory-limit"]);
    assert!(ran.out.contains("  apps/v1 StatefulSet  for missing-memory-limit"), "{}", ran.out);
    assert!(!ran.out.contains("apps/v1 Deployment"), "{}", ran.out);
}

#[test]
fn kinds_that_cannot_be_read_are_named() {
    let forbidden = json!({"kind": "Status", "message": "pods is forbidden", "code": 403}).to_string();
    let server = Recorded::serve_texts(&[(PODS, 403, &forbidden), (REVIEWS, 201, &review(true))]);
    let ran = doctor(&server, &["--policy", "missing-memory-limit"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("not read: Pod: forbidden: pods is forbidden"), "{}", ran.out);
}

/// What can't be read may be there.
#[test]
fn policies_that_need_an_unread_kind_report_nothing() {
    let forbidden = json!({"kind": "Status", "message": "not for you", "code": 403}).to_string();
    let deployments = list(&[deployment("shop", "web")]);
    let budgets = "/apis/policy/v1/poddisruptionbudgets";
    let server = Recorded::serve_texts(&[
        (DEPLOYMENTS, 200, &deployments),
        (budgets, 403, &forbidden),
        (REVIEWS, 201, &review(true)),
    ]);
    let ran = doctor(&server, &["--policy", "missing-disruption-budget"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("not checked by missing-disruption-budget: 1 object: cannot read"), "{}", ran.out);
    assert!(!ran.out.contains("REJECTED"), "{}", ran.out);
}

#[test]
fn policies_that_reject_updates_are_named() {
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &list(&[deployment("shop", "web")]))]);
    let ran = doctor(&server, &["--policy", "missing-memory-limit"]);
    assert!(ran.out.contains("Updates are rejected only for findings that they add."), "{}", ran.out);
    let playground = Playground::with(&[
        ("kubeconfig", &server.kubeconfig("{}")),
        ("plimsoll.yaml", "policies: {missing-memory-limit: {onUpdate: always}}\n"),
    ]);
    let mut command = playground.command(&["doctor", "--policy", "missing-memory-limit", "--config", "plimsoll.yaml"]);
    command.env("KUBECONFIG", playground.path("kubeconfig")).env("HOME", playground.path("home"));
    let ran = Ran::of(command.output().unwrap());
    assert!(ran.out.contains("with onUpdate: always, as set for missing-memory-limit"), "{}{}", ran.out, ran.err);
}

/// Pods of Argo Rollouts are created by its own controller, which isn't the control plane's.
#[test]
fn pods_of_other_controllers_do_not_pass() {
    let mut pod = pod("shop", "web-1", Some("web"));
    pod["metadata"]["ownerReferences"][0]["apiVersion"] = json!("apps.kruise.io/v1alpha1");
    pod["metadata"]["ownerReferences"][0]["kind"] = json!("CloneSet");
    let server = Recorded::serve_texts(&[(PODS, 200, &list(&[pod]))]);
    let ran = doctor(&server, &["--policy", "missing-memory-limit", "--format", "json"]);
    let objects = &ran.json()["objects"];
    assert_eq!((&objects["rejected"], &objects["controlled"]), (&json!(1), &json!(0)), "{objects:#}");
}

#[test]
fn without_a_cluster_it_fails() {
    let playground = Playground::with(&[]);
    let mut command = playground.command(&["doctor"]);
    command.env("KUBECONFIG", playground.path("kubeconfig")).env_remove("KUBERNETES_SERVICE_HOST");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no cluster to ask"), "{}", ran.err);
    let ran = playground.run(&["doctor", "--service-account", "policy-server"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("write it as NAMESPACE/NAME"), "{}", ran.err);
}
