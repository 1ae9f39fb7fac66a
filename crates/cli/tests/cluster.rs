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
    // The budget is the cluster's, so that the workload gets the finding.
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
    assert_eq!(budgets.len(), 3, "{budgets:?}");
    assert_eq!(budgets[0], format!("{BUDGETS}?"));
    // This server never gives the whole list, and is not asked indefinitely.
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
    // The same violation in the file is reported once, at the budget.
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
fn of_secrets_and_config_maps_the_metadata_of_those_that_are_referenced_is_read() {
    let secret = "/api/v1/namespaces/shop/secrets/db";
    let server = Recorded::serve(&[(secret, 200, "secret-metadata.json")]);
    let with = |server: &Recorded, key: &str| {
        let env = format!(
            "web:1\n        env:\n        - {{name: P, valueFrom: {{secretKeyRef: {{name: db, key: {key}}}}}}}"
        );
        let playground = Playground::with(&[("web.yaml", &WEB.replace("web:1", &env))]);
        let args = json(&["check", "web.yaml", "--policy", "missing-config-reference"]);
        run_with(&playground, &args, &server.kubeconfig("{}"))
    };
    let ran = with(&server, "password");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = with(&server, "passwort");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    // Nothing else is asked for, no list and no value.
    let core: Vec<_> = server.asked().into_iter().filter(|request| request.path.starts_with("/api/")).collect();
    assert!(core.iter().all(|request| request.path == secret), "{core:?}");
    assert!(core.iter().all(|request| request.accept.contains("as=PartialObjectMetadata")), "{core:?}");
    // Without anybody who manages it, nothing is known of its keys.
    let bare = Recorded::serve_texts(&[(secret, 200, "{\"metadata\": {\"name\": \"db\", \"namespace\": \"shop\"}}")]);
    assert_eq!(with(&bare, "passwort").code, 0);
    let ran = with(&Recorded::serve(&[]), "password");
    assert!(ran.code == 1 && ran.out.contains("Secret \\\"db\\\""), "{}{}", ran.out, ran.err);
    let other = Recorded::serve(&[]);
    run_with(&web(), &["check", "web.yaml", "--policy", "missing-config-reference"], &other.kubeconfig("{}"));
    assert!(
        !other.paths().iter().any(|path| path.contains("secrets") || path.contains("configmaps")),
        "{:?}",
        other.paths()
    );
}

#[test]
fn the_secret_of_a_certificate_is_asked_for_by_name() {
    let ingress = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  tls: [{hosts: [shop.example.com], secretName: shop-tls}]
  rules: [{host: shop.example.com}]
";
    let secret = "/api/v1/namespaces/shop/secrets/shop-tls";
    let there = "{\"metadata\": {\"name\": \"shop-tls\", \"namespace\": \"shop\"}}";
    let server = Recorded::serve_texts(&[(secret, 200, there)]);
    let playground = Playground::with(&[("ingress.yaml", ingress)]);
    let args = json(&["check", "ingress.yaml", "--policy", "ingress-without-tls"]);
    let ran = run_with(&playground, &args, &server.kubeconfig("{}"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = run_with(&playground, &args, &Recorded::serve(&[]).kubeconfig("{}"));
    assert!(ran.code == 1 && ran.out.contains("shop-tls"), "{}{}", ran.out, ran.err);
}

/// An exec plugin that leaves a trace when it is run.
fn plugin(playground: &Playground) -> String {
    let plugin = "#!/bin/sh
echo ran > \"$(dirname \"$0\")/trace\"
echo hunter2 >&2
echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"xyz\"}}'
";
    playground.write("plugin", plugin.as_bytes());
    let plugin = playground.path("plugin");
    format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['{}', s3cr3t], interactiveMode: Never}}}}",
        plugin.display()
    )
}

#[test]
fn the_user_of_the_context_asks() {
    let server = Recorded::serve_tls();
    let playground = web();
    for user in ["{}", "{token: abc}", &plugin(&playground)] {
        let ran = run_with(&playground, &DEADLOCK, &server.trusting_kubeconfig(user));
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    }
    let mut tokens: Vec<String> = server.asked().into_iter().map(|request| request.authorization).collect();
    tokens.dedup();
    assert_eq!(tokens, ["", "Bearer abc", "Bearer xyz"]);
}

#[test]
fn credentials_go_to_no_server_that_anybody_could_be() {
    let server = Recorded::serve(&[]);
    let playground = web();
    for user in ["{token: abc}", "{username: jane, password: abc}", &plugin(&playground)] {
        let ran = run_with(&playground, &DEADLOCK, &server.kubeconfig(user));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert!(server.asked().iter().all(|request| request.authorization.is_empty()));
    let server = Recorded::serve_tls();
    for user in ["{token: abc}", &plugin(&playground)] {
        let ran = run_with(&playground, &DEADLOCK, &server.careless_kubeconfig(user));
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("context \"dev\": insecure-skip-tls-verify lets anybody answer"), "{}", ran.err);
    }
    assert!(server.asked().is_empty() && !playground.path("trace").exists());
    // Who has nothing to lose may ask.
    assert_eq!(run_with(&playground, &DEADLOCK, &server.careless_kubeconfig("{}")).code, 0);
}

#[test]
fn nothing_of_a_plugin_that_fails_is_printed() {
    let playground = web();
    let server = Recorded::serve_tls();
    let user = plugin(&playground);
    playground.write("plugin", b"#!/bin/sh\necho hunter2; echo hunter2 >&2; exit 7\n");
    let ran = run_with(&playground, &DEADLOCK, &server.trusting_kubeconfig(&user));
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("its exec plugin sh has failed (exit status: 7); run it yourself to see why"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("hunter2") && !ran.err.contains("s3cr3t"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn several_kubeconfigs_are_merged_and_absent_ones_left_out() {
    let server = Recorded::serve(&[(BUDGETS, 200, "budgets.json")]);
    let playground = web();
    let (current, rest) = (server.kubeconfig("{}"), "current-context: dev\n");
    playground.write("one", rest.as_bytes());
    playground.write("two", current.replace(rest, "current-context: none\n").as_bytes());
    let mut command = playground.command(&DEADLOCK);
    let [absent, one, two] = ["absent", "one", "two"].map(|name| playground.path(name));
    let files = [absent, one, std::path::PathBuf::new(), two];
    command.arg("--cluster").env("KUBECONFIG", std::env::join_paths(files).unwrap()).env_remove("HTTPS_PROXY");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("Read 1 more object of context \"dev\"."), "{}", ran.err);
}

#[test]
fn a_proxy_is_not_for_what_no_proxy_names() {
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = format!("http://127.0.0.1:{port}");
    let asked = |no_proxy: &str| {
        let playground = web();
        playground.write("kubeconfig", kubeconfig("http://cluster.invalid:1", "{}").as_bytes());
        let mut command = playground.command(&DEADLOCK);
        command.arg("--cluster").env("KUBECONFIG", playground.path("kubeconfig"));
        command.env("HTTPS_PROXY", &proxy).env("NO_PROXY", no_proxy).env_remove("https_proxy").env_remove("no_proxy");
        Ran::of(command.output().unwrap())
    };
    let (through, direct) = (asked("example.com"), asked("example.com,.invalid"));
    assert_eq!((through.code, direct.code), (2, 2));
    assert!(through.err.contains("refused"), "{}", through.err);
    assert!(!direct.err.contains("refused"), "{}", direct.err);
}

#[test]
fn a_busy_server_is_asked_again_when_it_wants_to_be() {
    let again = format!("{BUDGETS}?again");
    let budgets = include_str!("cluster/budgets.json");
    for status in [429, 503] {
        let server = Recorded::serve_texts(&[(BUDGETS, status, "{}"), (&again, 200, budgets)]);
        let ran = check(&server, &json(&DEADLOCK));
        assert_eq!(found(&ran), ["drain-deadlock: Deployment web"], "{}", ran.err);
        for (text, reason) in [
            ("{}", "Too Many Requests (tries: 4"),
            ("{\"message\": \"later\"}", "later (tries: 1; it wants to be asked again after 3600 s)"),
        ] {
            let ran = check(&Recorded::serve_texts(&[(BUDGETS, status, text)]), &DEADLOCK);
            let reason = if status == 503 {
                reason.replace("Too Many Requests", "Service Unavailable")
            } else {
                reason.to_owned()
            };
            assert!(ran.code == 2 && ran.err.contains(&format!("answered {status}: {reason}")), "{}", ran.err);
        }
    }
}

#[test]
fn answers_have_an_end() {
    let second = format!("{BUDGETS}?continue");
    let page = include_str!("cluster/budgets-page-1.json");
    for (answers, reason) in [
        ([(BUDGETS, 200, "endless"), ("/", 200, "")], "the answer is longer than the 256 MiB that are read"),
        ([(BUDGETS, 200, page), (&second, 200, page)], "the answer comes back to a page that was read"),
    ] {
        let args = json(&["check", "web.yaml", "--policy", "drain-deadlock", "--policy", "missing-prestop"]);
        let ran = check(&Recorded::serve_texts(&answers), &args);
        // The rest is checked all the same.
        assert_eq!((ran.code, found(&ran)), (2, vec!["missing-prestop: Deployment web".to_owned()]), "{}", ran.err);
        let message = format!("context \"dev\": cannot read poddisruptionbudgets in shop: {reason}");
        assert_eq!(ran.json()["errors"][0]["message"], message);
    }
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
