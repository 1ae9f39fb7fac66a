//! `plimsoll scan`, against an API server that answers what is given.

#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::recorded::Recorded;
use common::{Playground, Ran};
use serde_json::{Value, json};

const PODS: &str = "/api/v1/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";

fn pod_spec() -> Value {
    json!({"containers": [{"name": "web", "image": "web:1"}]})
}

/// A pod without a memory limit, made by an owner if there is one.
fn pod(namespace: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
    let owners: Vec<Value> = owner
        .into_iter()
        .map(|(api_version, kind)| json!({"apiVersion": api_version, "kind": kind, "name": "o", "controller": true}))
        .collect();
    json!({"metadata": {"name": name, "namespace": namespace, "ownerReferences": owners}, "spec": pod_spec(),
        "status": {"phase": "Running"}})
}

fn deployment(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace, "managedFields": []},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": pod_spec()}}})
}

fn list(items: &[Value]) -> String {
    json!({"kind": "List", "metadata": {}, "items": items}).to_string()
}

fn scan(server: &Recorded, args: &[&str]) -> Ran {
    scan_in(&Playground::with(&[]), server, args)
}

fn scan_in(playground: &Playground, server: &Recorded, args: &[&str]) -> Ran {
    playground.write("kubeconfig", server.kubeconfig("{}").as_bytes());
    let mut command = playground.command(&["scan"]);
    command.args(args).env("KUBECONFIG", playground.path("kubeconfig")).env("HOME", playground.path("home"));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "KUBERNETES_SERVICE_HOST"] {
        command.env_remove(name);
    }
    Ran::of(command.output().unwrap())
}

fn found(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let title = |finding: &Value| {
        let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}: {} {}/{}", text("/policy"), text("/object/kind"), text("/object/namespace"), text("/object/name"))
    };
    json["findings"].as_array().unwrap().iter().map(title).collect()
}

#[test]
fn objects_are_reported_once_at_their_owner() {
    let pods = [
        pod("shop", "web-1", Some(("apps/v1", "ReplicaSet"))),
        pod("shop", "alone", None),
        pod("kube-system", "kube-apiserver", Some(("v1", "Node"))),
        pod("shop", "kruise", Some(("apps.kruise.io/v1alpha1", "CloneSet"))),
    ];
    let mut set = deployment("shop", "web-5d");
    set["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": true}]);
    let server = Recorded::serve_texts(&[
        (PODS, 200, &list(&pods)),
        (DEPLOYMENTS, 200, &list(&[deployment("shop", "web"), deployment("pay", "api")])),
        (REPLICA_SETS, 200, &list(&[set])),
    ]);
    let args = ["--policy", "missing-memory-limit"];
    let ran = scan(&server, &[&args[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let of = |title: &str| format!("missing-memory-limit: {title}");
    let mut found = found(&ran);
    found.sort();
    let titles = ["Deployment pay/api", "Deployment shop/web", "Pod shop/alone", "Pod shop/kruise"];
    assert_eq!(found, titles.map(of));
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check-output.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    assert!(jsonschema::is_valid(&schema, &ran.json()), "{:#}", ran.json());
    assert!(server.asked().iter().all(|request| request.method == "GET"));

    let playground = Playground::with(&[]);
    let ran =
        scan_in(&playground, &server, &[&args[..], &["--format", "pretty", "--format", "html=out.html"]].concat());
    assert!(ran.out.contains("shop/deployments/web.json:"), "{}", ran.out);
    // Nothing there can be fixed by a command for files.
    assert!(!ran.out.contains("plimsoll fix") && !ran.err.contains("plimsoll fix"), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("Checked 4 objects of context \"dev\": 4 findings"), "{}", ran.err);
    assert!(ran.err.contains("3 objects are made by another and checked there."), "{}", ran.err);
    assert!(ran.err.contains(" of 100: ") && ran.err.contains("Lowest: "), "{}", ran.err);
    assert!(playground.read("out.html").contains("Score by workload"));
    assert_eq!(scan(&server, &[&args[..], &["--exit-zero"]].concat()).code, 0);
}

#[test]
fn one_namespace_is_asked_for_alone() {
    let within = "/apis/apps/v1/namespaces/shop/deployments";
    let server = Recorded::serve_texts(&[(within, 200, &list(&[deployment("shop", "web")]))]);
    let ran = scan(&server, &["-n", "shop", "--policy", "missing-memory-limit", "--format", "json"]);
    assert_eq!(
        (ran.code, found(&ran)),
        (1, vec!["missing-memory-limit: Deployment shop/web".to_owned()]),
        "{}",
        ran.err
    );
    let beyond: Vec<String> = server.paths().into_iter().filter(|path| !path.contains("/namespaces/shop")).collect();
    assert_eq!(beyond, ["/apis?"]);
    let asked = server.asked().len();
    let ran = scan(&server, &["-n", "../kube-system"]);
    assert!(ran.code == 2 && ran.err.contains("a namespace has lower-case letters"), "{}", ran.err);
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn what_is_absent_is_absent_and_what_cannot_be_read_may_be_there() {
    let deployments = list(&[deployment("shop", "web")]);
    let budgets = "/apis/policy/v1/poddisruptionbudgets";
    let args = ["--policy", "missing-disruption-budget", "--format", "json"];
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &deployments)]);
    assert_eq!(found(&scan(&server, &args)), ["missing-disruption-budget: Deployment shop/web"]);
    let forbidden = json!({"kind": "Status", "message": "not for you", "code": 403}).to_string();
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &deployments), (budgets, 403, &forbidden)]);
    let ran = scan(&server, &args);
    assert_eq!((ran.code, found(&ran)), (2, Vec::new()), "{}", ran.err);
    assert_eq!(ran.json()["skipped"][0]["needs"], "PodDisruptionBudget");
    assert!(ran.err.contains("cannot read poddisruptionbudgets: forbidden: not for you"), "{}", ran.err);
}

/// Each is answered only when the other was asked for.
#[test]
fn several_kinds_are_asked_for_at_a_time() {
    let (deployments, sets) = (format!("{DEPLOYMENTS}?together"), format!("{REPLICA_SETS}?together"));
    let server = Recorded::serve_texts(&[
        (DEPLOYMENTS, 200, &list(&[deployment("shop", "web")])),
        (REPLICA_SETS, 200, &list(&[])),
        (&deployments, 200, ""),
        (&sets, 200, ""),
    ]);
    let ran = scan(&server, &["--policy", "missing-memory-limit", "--format", "json"]);
    assert_eq!((ran.code, found(&ran).len()), (1, 1), "{}", ran.err);
}

#[test]
fn programs_are_told_the_score() {
    let mut fine = deployment("pay", "api");
    fine["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": "1Gi"}});
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &list(&[deployment("shop", "web"), fine]))]);
    let args = ["--policy", "missing-memory-limit", "--format", "json"];
    // 5 points for one of two.
    let score = scan(&server, &args).json()["summary"]["score"].take();
    assert_eq!((&score["all"], &score["categories"]["resources"]), (&json!(97), &json!(97)), "{score}");
    assert_eq!(score["categories"]["security"], 100);
    let nothing = Recorded::serve_texts(&[]);
    assert_eq!(scan(&nothing, &args).json()["summary"]["score"], Value::Null);
}

#[test]
fn pages_are_read_to_their_end() {
    let page =
        json!({"kind": "List", "metadata": {"continue": "next"}, "items": [deployment("shop", "web")]}).to_string();
    let second = format!("{DEPLOYMENTS}?continue");
    let server =
        Recorded::serve_texts(&[(DEPLOYMENTS, 200, &page), (&second, 200, &list(&[deployment("shop", "api")]))]);
    let ran = scan(&server, &["--policy", "missing-memory-limit", "--format", "json"]);
    assert_eq!(found(&ran).len(), 2, "{}", ran.err);
}

#[test]
fn of_secrets_the_metadata_of_those_that_are_referenced_is_read() {
    let mut web = deployment("shop", "web");
    web["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]);
    let secret = "/api/v1/namespaces/shop/secrets/db";
    let there = json!({"metadata": {"name": "db", "namespace": "shop"}}).to_string();
    let args = ["--policy", "missing-config-reference", "--format", "json"];
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &list(&[web.clone()])), (secret, 200, &there)]);
    let ran = scan(&server, &args);
    assert_eq!((ran.code, found(&ran)), (0, Vec::new()), "{}", ran.err);
    let private: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path.contains("secrets") || asked.path.contains("configmaps"))
        .collect();
    assert_eq!(private.len(), 1, "{private:?}");
    assert!(private[0].path == secret && private[0].accept.contains("as=PartialObjectMetadata"), "{private:?}");
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &list(&[web]))]);
    assert_eq!(found(&scan(&server, &args)), ["missing-config-reference: Deployment shop/web"]);
}

#[test]
fn names_of_a_cluster_forge_nothing() {
    let server =
        Recorded::serve_texts(&[(DEPLOYMENTS, 200, &list(&[deployment("shop", "web\u{1b}]0;x\u{7}\nerror: y")]))]);
    for format in ["pretty", "concise", "github", "junit"] {
        let ran = scan(&server, &["--policy", "missing-memory-limit", "--format", format]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        let all = [ran.out, ran.err].concat();
        assert!(!all.contains('\u{1b}') && !all.lines().any(|line| line.starts_with("error: y")), "{all}");
    }
}

#[test]
fn without_a_cluster_it_fails() {
    let playground = Playground::with(&[]);
    let mut command = playground.command(&["scan"]);
    command.env("KUBECONFIG", playground.path("kubeconfig")).env_remove("KUBERNETES_SERVICE_HOST");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no cluster to ask"), "{}", ran.err);
}

#[test]
fn every_namespace_has_its_policy_report() {
    let mut fine = deployment("pay", "api");
    fine["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": "1Gi"}});
    let deployments = list(&[deployment("shop", "web"), deployment("shop", "api"), fine]);
    let server = Recorded::serve_texts(&[(DEPLOYMENTS, 200, &deployments)]);
    let ran = scan(&server, &["--policy", "missing-memory-limit", "--format", "policyreport"]);
    let reports = ran.json();
    let of = |at: usize| (&reports["items"][at]["metadata"]["namespace"], &reports["items"][at]["summary"]["fail"]);
    assert_eq!((of(0), of(1)), ((&json!("pay"), &json!(0)), (&json!("shop"), &json!(2))), "{reports:#}");
}
