//! `--cluster`, against a recorded API server.

#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::recorded::{Recorded, kubeconfig};
use common::{Playground, Ran};
use serde_json::Value;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports:
        - containerPort: 8080
";

const BUDGET: &str = "\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  minAvailable: 3
  selector: {matchLabels: {app: web}}
";

const BUDGETS: &str = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets";
const DEADLOCK: [&str; 4] = ["check", "web.yaml", "--policy", "drain-deadlock"];

/// Runs the command with the kubeconfig, and nothing of this machine's own.
fn run_with(playground: &Playground, args: &[&str], kubeconfig: &str) -> Ran {
    playground.write("kubeconfig", kubeconfig.as_bytes());
    run(playground, args)
}

fn run(playground: &Playground, args: &[&str]) -> Ran {
    let mut command = playground.command(args);
    command.arg("--cluster").env("KUBECONFIG", playground.path("kubeconfig")).env("HOME", playground.path("home"));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "KUBERNETES_SERVICE_HOST"] {
        command.env_remove(name);
    }
    Ran::of(command.output().unwrap())
}

fn web() -> Playground {
    Playground::with(&[("web.yaml", WEB)])
}

fn check(server: &Recorded, args: &[&str]) -> Ran {
    run_with(&web(), args, &server.kubeconfig("{}"))
}

/// The titles of what was found, with policies.
fn found(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let title = |finding: &Value| {
        let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}: {} {}", text("/policy"), text("/object/kind"), text("/object/name"))
    };
    json["findings"].as_array().unwrap().iter().map(title).collect()
}

fn json<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--format", "json"]].concat()
}

#[test]
fn what_policies_need_is_asked_for_once_and_only_read() {
    let server = Recorded::serve(&[
        (BUDGETS, 200, "budgets.json"),
        ("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts", 404, "not-found.json"),
    ]);
    let other = WEB.replace("name: web, namespace", "name: api, namespace").replace("app: web", "app: api");
    let playground = Playground::with(&[("web.yaml", WEB), ("other.yaml", &other)]);
    let args =
        ["check", "web.yaml", "other.yaml", "--policy", "drain-deadlock", "--policy", "missing-disruption-budget"];
    let ran = run_with(&playground, &json(&args), &server.kubeconfig("{}"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(
        server.paths(),
        [
            "/apis/apps/v1/namespaces/shop/deployments?&limit=500",
            "/apis/apps/v1/namespaces/shop/statefulsets?&limit=500",
            "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts?&limit=500",
            "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers?&limit=500",
            "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects?&limit=500",
            "/apis/networking.istio.io/v1beta1/namespaces/shop/destinationrules?&limit=500",
            "/apis/networking.istio.io/v1beta1/namespaces/shop/virtualservices?&limit=500",
            "/apis/policy/v1/namespaces/shop/poddisruptionbudgets?&limit=500",
            "/apis?",
        ]
    );
    assert!(server.asked().iter().all(|request| request.method == "GET"));
    // The budget is the cluster's, so that the workload is told.
    assert_eq!(found(&ran), ["drain-deadlock: Deployment web", "missing-disruption-budget: Deployment api"]);
    assert_eq!(ran.json()["skipped"], serde_json::json!([]));
    assert_eq!(ran.json()["findings"][0]["related"][0]["name"], "web");
}

#[test]
fn only_the_namespaces_of_the_given_objects_are_asked() {
    let server = Recorded::serve(&[]);
    let files =
        [("web.yaml", WEB), ("bank.yaml", &WEB.replace("shop", "bank")), ("odd.yaml", &WEB.replace("shop", "'../x?'"))];
    let playground = Playground::with(&files);
    let args = ["check", "web.yaml", "bank.yaml", "odd.yaml", "--policy", "missing-disruption-budget"];
    let ran = run_with(&playground, &args, &server.kubeconfig("{}"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let budgets: Vec<String> =
        server.paths().into_iter().filter(|path| path.contains("poddisruptionbudgets")).collect();
    assert_eq!(
        budgets,
        ["bank", "shop"]
            .map(|namespace| format!("/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets?&limit=500"))
    );
}

#[test]
fn policies_without_look_ups_ask_no_cluster() {
    let server = Recorded::serve(&[]);
    let ran = check(&server, &["check", "web.yaml", "--policy", "missing-requests"]);
    assert_eq!((ran.code, server.paths()), (1, Vec::new()), "{}", ran.err);
}

#[test]
fn a_missing_object_is_missing_and_one_in_the_cluster_is_there() {
    let args = ["check", "web.yaml", "--policy", "missing-disruption-budget"];
    let ran = check(&Recorded::serve(&[]), &args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!ran.err.contains("Skipped"), "{}", ran.err);
    let ran = check(&Recorded::serve(&[(BUDGETS, 200, "budgets.json")]), &args);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("Read 1 more object of context \"dev\"."), "{}", ran.err);
}

#[test]
fn all_pages_are_read() {
    let second = format!("{BUDGETS}?continue");
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets-page-1.json"), (&second, 200, "budgets.json")]);
    let ran = check(&server, &json(&DEADLOCK));
    assert_eq!(found(&ran), ["drain-deadlock: Deployment web"], "{}", ran.err);
    let budgets: Vec<String> = server.paths().into_iter().filter(|path| path.starts_with(BUDGETS)).collect();
    let continued = format!("{BUDGETS}?&limit=500&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ%3D%3D");
    assert_eq!(budgets, [format!("{BUDGETS}?&limit=500"), continued]);
}

#[test]
fn a_list_that_is_forgotten_between_pages_is_read_at_once() {
    let second = format!("{BUDGETS}?continue");
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets-page-1.json"), (&second, 410, "gone.json")]);
    let ran = check(&server, &DEADLOCK);
    let budgets: Vec<String> = server.paths().into_iter().filter(|path| path.starts_with(BUDGETS)).collect();
    assert_eq!(budgets.len(), 4, "{budgets:?}");
    assert_eq!(budgets[0], format!("{BUDGETS}?"));
    // This server never gives the whole list, and is not asked for ever.
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn objects_given_win_over_those_of_the_cluster() {
    let mild = BUDGET.replace("minAvailable: 3", "maxUnavailable: 1");
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets.json")]);
    let playground = Playground::with(&[("web.yaml", WEB), ("budget.yaml", &mild)]);
    let args = ["check", "web.yaml", "budget.yaml", "--policy", "drain-deadlock"];
    let ran = run_with(&playground, &args, &server.kubeconfig("{}"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    // The same fault in the file is told once, at the budget.
    playground.write("budget.yaml", BUDGET.as_bytes());
    let ran = run_with(&playground, &json(&args), &server.kubeconfig("{}"));
    assert_eq!(found(&ran), ["drain-deadlock: PodDisruptionBudget web"], "{}", ran.err);
}

#[test]
fn custom_resources_count_where_they_are_served() {
    let scaled = "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects";
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets.json"), (scaled, 200, "scaled-objects.json")]);
    // Five pods at least, of which three have to stay.
    let ran = check(&server, &DEADLOCK);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_forbidden_kind_is_not_checkable() {
    let server = Recorded::serve(&[(BUDGETS, 403, "forbidden-budgets.json")]);
    let args = ["check", "web.yaml", "--policy", "drain-deadlock", "--policy", "missing-disruption-budget"];
    let ran = check(&server, &json(&args));
    assert_eq!((ran.code, found(&ran)), (0, Vec::new()), "{}", ran.err);
    let missing = &ran.json()["skipped"];
    assert_eq!(missing.as_array().unwrap().len(), 1);
    assert_eq!(missing[0]["needs"], "PodDisruptionBudget");
    assert_eq!(missing[0]["policies"], serde_json::json!(["drain-deadlock", "missing-disruption-budget"]));
    let reason = missing[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("forbidden: poddisruptionbudgets.policy is forbidden: User \"jane\""), "{reason}");
    let ran = check(&server, &args);
    let line = "Skipped: needs PodDisruptionBudget (drain-deadlock, missing-disruption-budget; 1 object). forbidden: ";
    assert!(ran.err.contains(line), "{}", ran.err);
}

#[test]
fn malformed_answers_are_errors_and_the_rest_is_checked() {
    for (status, text, reason) in [
        (200, "<html>", "the answer is no JSON"),
        (200, "{\"items\": {}}", "the answer is no list"),
        (200, "{\"items\": [7]}", "the answer lists what is no object"),
        (500, "<html>", "answered 500: Internal Server Error"),
    ] {
        let server = Recorded::serve_texts(&[(BUDGETS, status, text)]);
        let ran =
            check(&server, &json(&["check", "web.yaml", "--policy", "drain-deadlock", "--policy", "missing-prestop"]));
        assert_eq!((ran.code, found(&ran)), (2, vec!["missing-prestop: Deployment web".to_owned()]), "{}", ran.err);
        let message = format!("context \"dev\": cannot read poddisruptionbudgets in shop: {reason}");
        assert_eq!(ran.json()["errors"][0]["message"], message);
        assert_eq!(ran.json()["skipped"][0]["reason"], reason);
    }
}

#[test]
fn other_servers_are_reported_as_no_api_server() {
    for (status, text, reason) in [
        (200, "<html>", "apis is no JSON; is this an API server?"),
        (200, "{}", "apis is no list of API groups; is this an API server?"),
        (401, include_str!("cluster/unauthorized.json"), "apis: answered 401: Unauthorized"),
    ] {
        let server = Recorded::serve_texts(&[("/apis", status, text)]);
        let ran = check(&server, &DEADLOCK);
        let line = format!(
            "error: the cluster of context \"dev\" cannot be asked: http://127.0.0.1:{}/{reason}\n",
            server.port()
        );
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", line.as_str()));
    }
}

#[test]
fn a_namespace_is_asked_for_by_name() {
    let server = Recorded::serve(&[("/api/v1/namespaces/shop", 200, "namespace.json")]);
    // Later, Istio injects native sidecars.
    let waiting = WEB.replace("image: web:1", "image: web:1\n        lifecycle: {preStop: {sleep: {seconds: 15}}}");
    let playground = Playground::with(&[("web.yaml", &waiting)]);
    playground.write("config.yaml", b"kubernetesVersion: '1.32'\n");
    let args = ["check", "web.yaml", "--policy", "early-proxy-shutdown", "--config", "config.yaml"];
    let ran = run_with(&playground, &json(&args), &server.kubeconfig("{}"));
    assert_eq!(found(&ran), ["early-proxy-shutdown: Deployment web"], "{}", ran.err);
    let core: Vec<String> = server.paths().into_iter().filter(|path| path.starts_with("/api/")).collect();
    assert_eq!(core, ["/api/v1/namespaces/shop"]);
    let ran = run_with(&playground, &args, &Recorded::serve(&[]).kubeconfig("{}"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn of_secrets_only_the_keys_matter() {
    let server = Recorded::serve(&[("/api/v1/namespaces/shop/secrets", 200, "secrets.json")]);
    let with = |key: &str| {
        let env = format!(
            "web:1\n        env:\n        - {{name: P, valueFrom: {{secretKeyRef: {{name: db, key: {key}}}}}}}"
        );
        let playground = Playground::with(&[("web.yaml", &WEB.replace("web:1", &env))]);
        let args = json(&["check", "web.yaml", "--policy", "missing-config-reference"]);
        run_with(&playground, &args, &server.kubeconfig("{}"))
    };
    let ran = with("password");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = with("passwort");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("aHVudGVyMg"), "{}", ran.out);
}

#[test]
fn the_user_of_the_context_asks() {
    let server = Recorded::serve(&[]);
    check(&server, &DEADLOCK);
    run_with(&web(), &DEADLOCK, &server.kubeconfig("{token: abc}"));
    let playground = web();
    let plugin = "#!/bin/sh
echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"xyz\"}}'
";
    playground.write("plugin", plugin.as_bytes());
    let plugin = playground.path("plugin");
    let user = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['{}'], interactiveMode: Never}}}}",
        plugin.display()
    );
    let ran = run_with(&playground, &DEADLOCK, &server.kubeconfig(&user));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut tokens: Vec<String> = server.asked().into_iter().map(|request| request.authorization).collect();
    tokens.dedup();
    assert_eq!(tokens, ["", "Bearer abc", "Bearer xyz"]);
}

#[test]
fn a_context_may_be_named_and_says_where_objects_go() {
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets.json")]);
    let playground = Playground::with(&[("web.yaml", &WEB.replace(", namespace: shop", ""))]);
    let config = server.kubeconfig("{}");
    let ran = run_with(&playground, &[&DEADLOCK[..], &["--context", "shop"]].concat(), &config);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("Read 1 more object of context \"shop\"."), "{}", ran.err);
    let ran = run_with(&playground, &DEADLOCK, &config);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run_with(&playground, &[&DEADLOCK[..], &["--context", "prod"]].concat(), &config);
    let file = playground.path("kubeconfig");
    let line = format!(
        "error: there is no cluster to ask: {}: there is no context \"prod\", only dev, shop\n",
        file.display()
    );
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", line.as_str()));
}

#[test]
fn without_a_usable_kubeconfig_there_is_no_cluster() {
    let playground = web();
    let file = playground.path("kubeconfig");
    let file = file.display();
    let ran = run(&playground, &DEADLOCK);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let start = format!("error: there is no cluster to ask: {file}: {file} cannot be read: ");
    assert!(ran.err.starts_with(&start), "{}", ran.err);
    assert!(ran.err.ends_with(", and this is no pod of a cluster\n"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);

    let ran = run_with(&playground, &DEADLOCK, "users: [{name: x, user: {token: [hunter2]}}]\n");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is no kubeconfig: line 1, column"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);

    let ran = run_with(&playground, &DEADLOCK, "apiVersion: v1\nkind: Config\n");
    assert!(ran.err.contains("no current context is set; name one with --context"), "{}", ran.err);
}

#[test]
fn an_absent_server_is_reported_in_one_line() {
    // A port that nobody listens on any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["http", "https"] {
        let ran = run_with(&web(), &DEADLOCK, &kubeconfig(&format!("{scheme}://127.0.0.1:{port}"), "{}"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        let start = format!("error: the cluster of context \"dev\" cannot be asked: {scheme}://127.0.0.1:{port}/: ");
        assert!(ran.err.starts_with(&start) && ran.err.contains("refused"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_no_crash() {
    let server = Recorded::serve(&[]);
    let ran = run_with(&web(), &DEADLOCK, &kubeconfig(&format!("https://127.0.0.1:{}", server.port()), "{}"));
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: the cluster of context \"dev\" cannot be asked: "), "{}", ran.err);
}

#[test]
fn fixes_see_the_cluster_too() {
    // How many pods the budget is for, only the cluster knows.
    let server = Recorded::serve(&[("/apis/apps/v1/namespaces/shop/deployments", 200, "deployments.json")]);
    let playground = Playground::with(&[("budget.yaml", BUDGET)]);
    let args = ["fix", "budget.yaml", "--unsafe", "--policy", "drain-deadlock"];
    let ran = run_with(&playground, &args, &server.kubeconfig("{}"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("-  minAvailable: 3"), "{}", ran.out);
    assert!(server.asked().iter().all(|request| request.method == "GET"));
}

#[test]
fn all_that_there_is_and_a_cluster_exclude_each_other() {
    let ran = run(&web(), &["check", "web.yaml", "--complete"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot be used with"), "{}", ran.err);
}
