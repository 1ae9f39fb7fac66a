//! What other linters check: `plimsoll explain --peer` and `plimsoll init --from`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail that way")]

mod common;

use common::{FAILING, Playground};
use serde_json::{Value, json};

/// The configuration that was written, as data.
fn written(playground: &Playground) -> Value {
    let file =
        plimsoll_manifest::read(playground.read("plimsoll.yaml").as_bytes(), &plimsoll_manifest::Limits::default());
    assert!(file.errors.is_empty(), "{:?}", file.errors);
    file.documents.into_iter().next().unwrap().value
}

/// The ids of the policies that are on.
fn on(configuration: &Value) -> Vec<&str> {
    assert_eq!(configuration["profile"], "off");
    let policies = configuration["policies"].as_object().unwrap();
    assert!(policies.values().all(|policy| policy["enabled"] == true), "{configuration:#}");
    policies.keys().map(String::as_str).collect()
}

/// Runs `init --from`, and has `check` read what was written.
fn init(from: &str, files: &[(&str, &str)]) -> (Playground, Value, String) {
    let playground = Playground::with(files);
    let ran = playground.run(&["init", "--from", from]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let checked = playground.run(&["check", "--allow-empty"]);
    assert!(checked.code < 2, "{}\n{}", playground.read("plimsoll.yaml"), checked.err);
    let configuration = written(&playground);
    (playground, configuration, ran.err)
}

#[test]
fn explains_which_policies_do_a_check() {
    let playground = Playground::with(&[]);
    let ran = playground.run(&["explain", "--peer", "kube-linter/no-read-only-root-fs"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for text in [
        "# kube-linter/no-read-only-root-fs\n",
        "writable-root-filesystem (medium, strict)\nContainers have a read-only root file system.\n",
        "policies:\n  writable-root-filesystem:\n    recommendTmp: false\n",
        "\nplimsoll check --policy writable-root-filesystem\n",
        "Read at 35de568 of 2026-08-19: https://github.com/stackrox/kube-linter\n",
    ] {
        assert!(ran.out.contains(text), "{text}\n{}", ran.out);
    }
    let partly = playground.run(&["explain", "--peer", "polaris/pdbDisruptionsIsZero"]);
    assert!(
        partly.out.contains("drain-deadlock (high, starter)\n") && partly.out.contains("What differs: The numbers"),
        "{}",
        partly.out
    );
    let out = playground.run(&["explain", "--peer", "Kube-Linter/Sorted-Keys"]);
    assert!(out.out.contains("# kube-linter/sorted-keys\n\nOut of scope. The order of keys"), "{}", out.out);
    assert!(!out.out.contains("## Run"), "{}", out.out);
}

#[test]
fn explains_in_json() {
    let playground = Playground::with(&[]);
    let ran = playground.run(&["explain", "--peer", "kube-linter/minimum-three-replicas", "--format", "json"]);
    let one = ran.json();
    assert_eq!(one["policies"], json!(["single-replica"]));
    assert_eq!(one["settings"], json!({"single-replica": {"min": 3}}));
    assert!(one["differs"].is_string() && one.get("outOfScope").is_none(), "{one:#}");
    let all = playground.run(&["explain", "--peer", "kube-score", "--format", "json"]).json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 39);
    let out = all.iter().find(|check| check["check"] == "label-values").unwrap();
    assert!(out["outOfScope"].is_string() && out["policies"] == json!([]), "{out:#}");
}

#[test]
fn lists_a_peers_checks_by_number() {
    let ran = Playground::with(&[]).run(&["explain", "--peer", "popeye"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let place = |id: &str| ran.out.find(&format!("\n{id} ")).unwrap_or_else(|| panic!("{id}\n{}", ran.out));
    assert!(place("POP-208") < place("POP-1000"), "{}", ran.out);
    assert!(ran.out.contains("POP-208   bare-pod\n") && ran.out.contains("out of scope: "), "{}", ran.out);
    assert!(ran.out.contains("POP-101   mutable-image-tag (partly)\n"), "{}", ran.out);
}

#[test]
fn says_what_may_have_been_meant() {
    let playground = Playground::with(&[]);
    let ran = playground.run(&["explain", "--peer", "kube-linter/no-readonly-root-fs"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("kube-linter has no check `no-readonly-root-fs`, did you mean `no-read-only-root-fs`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("`plimsoll explain --peer kube-linter` shows them all, as of 2026-08-19"), "{}", ran.err);
    let ran = playground.run(&["explain", "--peer", "kubelinter/a"]);
    assert!(
        ran.code == 2 && ran.err.contains("`kubelinter` isn't known, did you mean `kube-linter`?; there are"),
        "{}",
        ran.err
    );
    assert_eq!(playground.run(&["explain"]).code, 2);
    assert_eq!(playground.run(&["explain", "root-user", "--peer", "kyverno"]).code, 2);
}

const KUBE_LINTER: &str = "\
# Only what we agreed on.
checks:
  doNotAutoAddDefaults: true
  include: [host-network, host-pid, no-anti-affinity, minimum-three-replicas, sorted-keys, no-such-check, unset-cpu-requirements]
  exclude: [host-pid, not-here]
  ignorePaths: ['**/vendored/**', ./third/**, ../elsewhere/**]
customChecks:
- name: team-label
  template: required-label
  params: {key: shop.example/team, value: '[a-z]+'}
- name: five
  template: minimum-replicas
  params: {minReplicas: 5}
- name: telnet
  template: ports
  params: {port: 23, protocol: TCP}
- name: spread
  template: anti-affinity
  params: {topologyKey: topology.kubernetes.io/zone}
- name: mine
  template: cel-expression
  params: {check: 'true'}
";

#[test]
fn takes_over_kube_linters_configuration() {
    let (playground, configuration, said) = init("kube-linter", &[(".kube-linter.yaml", KUBE_LINTER)]);
    assert_eq!(
        on(&configuration),
        ["colocated-replicas", "host-namespaces", "missing-labels", "missing-requests", "single-replica"]
    );
    let policies = &configuration["policies"];
    // hostPID is not asked for.
    assert_eq!(policies["host-namespaces"]["allow"], json!(["hostIPC", "hostPID"]));
    assert_eq!(policies["missing-labels"]["keys"], json!(["shop.example/team"]));
    assert_eq!(policies["missing-labels"]["podKeys"], json!([]));
    assert_eq!(policies["missing-requests"]["resources"], json!(["cpu"]));
    assert_eq!(configuration["exclude"], json!(["**/vendored/**", "/third/**"]));
    let text = playground.read("plimsoll.yaml");
    for line in [
        "# Made from .kube-linter.yaml; ",
        "  # no-anti-affinity, spread (anti-affinity).\n  # Topology spread constraints count, too.\n  colocated-replicas:\n",
        "# - sorted-keys: The order of keys is",
        "# - no-such-check: kube-linter has no check `no-such-check`",
        "# - telnet (ports): No policy forbids a port of your choice.",
        "# - mine (cel-expression): It is a rule of your own",
        "# - ../elsewhere/**: ",
        "Its value may be any",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(said.contains("Wrote plimsoll.yaml from .kube-linter.yaml: 7 of 11 checks taken over."), "{said}");
    let again = playground.run(&["init", "--from", "kube-linter"]);
    assert!(again.code == 2 && again.err.contains("plimsoll.yaml is there already"), "{}", again.err);
}

#[test]
fn fields_of_kube_linter_are_read_whatever_their_case() {
    let text = "Checks: {DoNotAutoAddDefaults: true, Include: [privileged-container]}\n";
    let (_, configuration, _) = init("lint.yaml", &[("lint.yaml", text)]);
    assert_eq!(on(&configuration), ["privileged-container"]);
}

/// Those that are on by default, and all there are.
#[test]
fn takes_over_kube_linters_defaults() {
    let (playground, configuration, said) = init("kube-linter", &[]);
    let by_default = on(&configuration).len();
    assert!(by_default > 20 && !on(&configuration).contains(&"wildcard-access"), "{configuration:#}");
    assert!(said.contains("from what kube-linter checks by default: 31 of 31 checks"), "{said}");
    let text = playground.read("plimsoll.yaml");
    assert!(!text.contains("Not taken over"), "{text}");
    let all = [(".kube-linter.yml", "checks: {addAllBuiltIn: true, doNotAutoAddDefaults: true}\n")];
    let (_, configuration, said) = init("kube-linter", &all);
    assert!(
        on(&configuration).len() > by_default && on(&configuration).contains(&"wildcard-access"),
        "{configuration:#}"
    );
    assert!(said.contains("60 of 63 checks"), "{said}");
    assert_eq!(configuration["policies"]["host-namespaces"], json!({"enabled": true}));
}

#[test]
fn takes_over_polariss_configuration() {
    let text = "\
checks:
  cpuRequestsMissing: warning
  memoryRequestsMissing: danger
  hostPIDSet: ignore
  tagNotSpecified: danger
  ours: warning
  metadataAndInstanceMismatched: warning
customChecks:
  ours: {target: Container, schema: {type: object}}
exemptions:
- namespace: shop
  controllerNames: [web, api]
  containerNames: [proxy]
  rules: [tagNotSpecified, hostPIDSet]
- namespace: kube-system
";
    let (playground, configuration, said) = init("ci/polaris.yaml", &[("ci/polaris.yaml", text)]);
    assert_eq!(on(&configuration), ["missing-requests", "mutable-image-tag"]);
    let policies = &configuration["policies"];
    assert_eq!(policies["missing-requests"]["severity"], "high");
    assert_eq!(policies["missing-requests"]["init"], false);
    let mut resources = policies["missing-requests"]["resources"].as_array().unwrap().clone();
    resources.sort_by_key(ToString::to_string);
    assert_eq!(resources, [json!("cpu"), json!("memory")]);
    let reason = "exempted in Polaris's configuration";
    assert_eq!(
        policies["mutable-image-tag"]["exempt"],
        json!([
            {"namespace": "shop", "name": "web*", "container": "proxy*", "reason": reason},
            {"namespace": "shop", "name": "api*", "container": "proxy*", "reason": reason},
        ])
    );
    assert_eq!(configuration["exempt"], json!([{"namespace": "kube-system", "reason": reason}]));
    assert_eq!(configuration["failOn"], "high");
    let text = playground.read("plimsoll.yaml");
    assert!(text.contains("# - ours: It is a rule of your own"), "{text}");
    assert!(text.contains("# - metadataAndInstanceMismatched: Helm's convention"), "{text}");
    assert!(said.contains("3 of 5 checks"), "{said}");
}

#[test]
fn takes_over_kube_scores_command_line() {
    let text = "\
#!/bin/sh
# kube-score score --ignore-test pod-probes comments don't count
helm template . | kube-score score \\
  --ignore-test pod-networkpolicy,service-type --ignore-test=container-image-pull-policy \\
  --enable-optional-test container-seccomp-profile --ignore-container-cpu-limit \\
  --min-replicas-deployment 3 --kubernetes-version v1.31 -
";
    let (playground, configuration, _) = init("lint.sh", &[("lint.sh", text)]);
    let on = on(&configuration);
    for id in ["missing-seccomp-profile", "missing-memory-limit", "missing-readiness-probe", "drain-deadlock"] {
        assert!(on.contains(&id), "{id}: {on:?}");
    }
    for id in ["unisolated-pod", "exposed-service", "image-pull-policy", "missing-cpu-limit", "request-limit-ratio"] {
        assert!(!on.contains(&id), "{id}: {on:?}");
    }
    assert_eq!(configuration["policies"]["single-replica"]["min"], 3);
    assert_eq!(configuration["kubernetesVersion"], "1.31");
    assert!(playground.read("plimsoll.yaml").contains("# - label-values: The API server rejects"));
    // Without one, what it checks by default.
    let (_, configuration, said) = init("kube-score", &[]);
    assert!(configuration["policies"].get("missing-seccomp-profile").is_none(), "{configuration:#}");
    assert!(said.contains("from what kube-score checks by default"), "{said}");
}

/// Deployments with an exemption for one of the three linters each.
#[test]
fn takes_over_exemptions_in_annotations() {
    let annotated = |annotation: &str| {
        let deployment =
            FAILING.replace("namespace: shop}", &format!("namespace: shop, annotations: {{{annotation}}}}}"));
        assert_ne!(deployment, FAILING);
        deployment
    };
    let exempt = |from: &str, configuration: &str, annotation: &str| -> (Value, Value) {
        let deployment = annotated(annotation);
        let (_, configuration, _) = init(from, &[("k8s/web.yaml", &deployment), ("lint.yaml", configuration)]);
        (configuration["policies"]["privileged-container"]["exempt"].clone(), configuration["exempt"].clone())
    };
    let linter = "checks: {doNotAutoAddDefaults: true, include: [privileged-container]}";
    let entry = |reason: &str| json!([{"namespace": "shop", "kind": "Deployment", "name": "web", "reason": reason}]);
    let found = exempt("lint.yaml", linter, "ignore-check.kube-linter.io/privileged-container: needs the kernel");
    assert_eq!(found, (entry("needs the kernel"), Value::Null));
    let found = exempt("lint.yaml", linter, "kube-linter.io/ignore-all: ''");
    assert_eq!(found, (Value::Null, entry("exempted by kube-linter.io/ignore-all")));
    // What isn't on needs no exemption.
    assert_eq!(exempt("lint.yaml", linter, "ignore-check.kube-linter.io/host-ipc: a"), (Value::Null, Value::Null));
    let found = exempt(
        "lint.yaml",
        "checks: {runAsPrivileged: danger}",
        "polaris.fairwinds.com/runAsPrivileged-exempt: 'true'",
    );
    assert_eq!(found, (entry("exempted by polaris.fairwinds.com/runAsPrivileged-exempt"), Value::Null));
    let found = exempt("kube-score", "", "kube-score/ignore: 'pod-probes, container-security-context-privileged'");
    assert_eq!(found, (entry("exempted by kube-score/ignore"), Value::Null));
}

#[test]
fn says_what_it_cannot_take_over() {
    let playground = Playground::with(&[
        ("other.yaml", "a: 1\n"),
        ("broken.yaml", "checks: {include: [a}\n"),
        (".kube-linter.yaml", "checks: [\n"),
    ]);
    for (from, message) in [
        (
            "kube-lint",
            "--from: there is no file `kube-lint`, did you mean `kube-linter`?; kube-linter, polaris, kube-score are known",
        ),
        ("kyverno", "--from: Kyverno has no configuration that says which of its checks are on here"),
        ("other.yaml", "other.yaml: is no configuration of kube-linter or Polaris"),
        ("broken.yaml", "broken.yaml"),
        ("kube-linter", ".kube-linter.yaml:"),
    ] {
        let ran = playground.run(&["init", "--from", from]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{from}");
        assert!(ran.err.contains(message), "{from}: {}", ran.err);
        assert!(!playground.path("plimsoll.yaml").exists(), "{from}");
    }
}

/// Names in somebody's file can't end a comment.
#[test]
fn names_stay_in_their_comments() {
    let text = "checks: {doNotAutoAddDefaults: true, include: [\"x\\nprofile: strict\"]}\n";
    let playground = Playground::with(&[("lint.yaml", text)]);
    let ran = playground.run(&["init", "--print", "--from", "lint.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("# - x\\nprofile: strict: ") && !ran.out.contains("\nprofile: strict"), "{}", ran.out);
    assert!(!playground.path("plimsoll.yaml").exists());
}
