//! `plimsoll export` as it is called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::Playground;
use plimsoll::engine::config::{Choice, Configuration};
use plimsoll::policies;
use plimsoll_manifest::Limits;
use serde_json::{Value, json};

const CONFIGURATION: &str = "profile: starter\nkubernetesVersion: \"1.33\"\nonViolation: warn\n\
    exempt: [{namespace: legacy-*, reason: retired in March}]\nexclude: [vendor]\npolicies:\n  \
    missing-prestop:\n    enabled: true\n    minSeconds: 5\n    exempt: [{name: job, reason: takes no requests}]\n  \
    root-user:\n    enabled: false\n  privileged-container:\n    minSeverity: high\n";

fn documents(text: &str) -> Vec<Value> {
    let read = plimsoll_manifest::read(text.as_bytes(), &Limits::default());
    assert!(read.errors.is_empty(), "{:?}\n{text}", read.errors);
    read.documents.into_iter().map(|document| document.value).collect()
}

fn exported(args: &[&str]) -> Vec<Value> {
    let playground = Playground::with(&[("plimsoll.yaml", CONFIGURATION)]);
    let ran = playground.run(&[&["export"], args].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    documents(&ran.out)
}

fn kinds(documents: &[Value]) -> Vec<&str> {
    documents.iter().map(|document| document["kind"].as_str().unwrap()).collect()
}

/// The policies that a configuration turns on, with what each drops and exempts.
fn judged(configuration: &Value) -> Vec<(&'static str, &'static str, usize)> {
    let read = Configuration::read(configuration, Choice::default()).unwrap();
    let of = |policy: &plimsoll::policy::configured::Configured| {
        (policy.metadata.id, policy.common.min_severity.name(), policy.common.exempt.len())
    };
    read.policies.iter().map(of).collect()
}

fn expected() -> Vec<(&'static str, &'static str, usize)> {
    let mut configuration = documents(CONFIGURATION).remove(0);
    configuration.as_object_mut().unwrap().remove("exclude");
    let judged = judged(&configuration);
    assert!(judged.contains(&("missing-prestop", "info", 2)) && judged.contains(&("privileged-container", "high", 1)));
    judged
}

#[test]
fn suite_judges_as_the_command_does_and_permissions_come_first() {
    let written = exported(&[]);
    assert_eq!(kinds(&written), ["ClusterRole", "ClusterRoleBinding", "ClusterAdmissionPolicy"]);
    let spec = &written[2]["spec"];
    assert_eq!(judged(&spec["settings"]), expected());
    assert_eq!(spec["mode"], "monitor");
    assert_eq!(spec["mutating"], false);
    let left_out = json!({"matchExpressions":
        [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]});
    assert_eq!(spec["namespaceSelector"], left_out);
    assert!(spec["module"].as_str().unwrap().starts_with("registry://ghcr.io/"));

    // What it may look up is what PolicyServer may read.
    let looked_up = spec["contextAwareResources"].as_array().unwrap().len();
    let resources =
        written[0]["rules"].as_array().unwrap().iter().flat_map(|rule| rule["resources"].as_array().unwrap());
    assert_eq!(resources.map(Value::to_string).collect::<BTreeSet<_>>().len(), looked_up);
}

#[test]
fn the_resource_of_each_policy_judges_as_the_command_does() {
    let written = exported(&["--as", "cap", "--mode", "protect", "--registry", "127.0.0.1:5000/p/", "-n", "shop"]);
    let resources: Vec<&Value> = written.iter().filter(|one| one["kind"] == "ClusterAdmissionPolicy").collect();
    let judged: Vec<_> = resources
        .iter()
        .map(|resource| {
            let entry = policies::find(resource["metadata"]["name"].as_str().unwrap()).unwrap();
            let configured = (entry.configure)(&resource["spec"]["settings"]).unwrap();
            (entry.metadata.id, configured.common.min_severity.name(), configured.common.exempt.len())
        })
        .collect();
    assert_eq!(judged, expected());
    for resource in resources {
        let spec = &resource["spec"];
        assert_eq!(spec["mode"], "protect");
        assert!(spec["module"].as_str().unwrap().starts_with("registry://127.0.0.1:5000/p/"), "{}", spec["module"]);
        assert_eq!(spec["namespaceSelector"]["matchExpressions"][0]["operator"], "In");
        assert_eq!(spec["settings"]["kubernetesVersion"], "1.33");
    }
}

#[test]
fn group_has_every_policy_in_its_expression() {
    let written = exported(&["--as", "group", "--service-account", "security/server"]);
    let group = written.iter().find(|one| one["kind"] == "ClusterAdmissionPolicyGroup").unwrap();
    let members = group["spec"]["policies"].as_object().unwrap();
    assert_eq!(members.len(), expected().len());
    let expression = group["spec"]["expression"].as_str().unwrap();
    assert!(members.keys().all(|name| expression.contains(&format!("{name}()"))), "{expression}");
    assert_eq!(written[1]["subjects"][0], json!({"kind": "ServiceAccount", "name": "server", "namespace": "security"}));
}

#[test]
fn one_policy_is_exported_without_its_profile() {
    let written = exported(&["--policy", "missing-prestop"]);
    let settings = &written.last().unwrap()["spec"]["settings"];
    assert_eq!(judged(settings), [("missing-prestop", "info", 2)]);
    assert_eq!(settings["policies"]["missing-prestop"]["minSeconds"], 5);
}

#[test]
fn a_policy_that_looks_nothing_up_comes_without_permissions() {
    let ran = Playground::with(&[]).run(&["export", "--policy", "privileged-container"]);
    assert!(ran.code == 0 && ran.out.starts_with("apiVersion: policies.kubewarden.io/v1\n"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("---"), "{}", ran.out);
}

#[test]
fn kustomize_base_lists_permissions_before_policies_and_is_replaced_as_a_whole() {
    let playground = Playground::with(&[("plimsoll.yaml", CONFIGURATION)]);
    assert_eq!(playground.run(&["export", "--as", "kustomize"]).code, 2);
    for _ in 0..2 {
        let ran = playground.run(&["export", "--as", "kustomize", "-o", "base"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    }
    let kustomization = documents(&playground.read("base/kustomization.yaml")).remove(0);
    assert_eq!(kustomization["resources"], json!(["rbac.yaml", "policies.yaml"]));
    assert_eq!(kinds(&documents(&playground.read("base/rbac.yaml"))), ["ClusterRole", "ClusterRoleBinding"]);
    assert_eq!(kinds(&documents(&playground.read("base/policies.yaml"))), ["ClusterAdmissionPolicy"]);
    assert_eq!(std::fs::read_dir(playground.path("base")).unwrap().count(), 3);
}

#[test]
fn what_a_cluster_could_not_accept_is_refused() {
    let playground = Playground::with(&[]);
    for (args, said) in [
        (&["-n", "Shop"][..], "a namespace has lower-case letters"),
        (&["-n", "shop", "--exclude-namespace", "kube-system"], "cannot be used with"),
        (&["--policy", "no-such"], "there is no policy `no-such`"),
        (&["--as", "helm-values", "-n", "shop"], "the chart leaves namespaces out"),
        (&["--profile", "starter", "--disable", "*"], "no policy is on"),
    ] {
        let ran = playground.run(&[&["export"], args].concat());
        assert!(ran.code == 2 && ran.out.is_empty() && ran.err.contains(said), "{args:?}: {}", ran.err);
    }
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn the_real_helm_makes_the_same_of_the_charts_values() {
    let playground = Playground::with(&[("plimsoll.yaml", CONFIGURATION)]);
    for more in [&[][..], &["--policy", "missing-prestop"], &["--enable", "unsafe-sysctls", "--mode", "protect"]] {
        let run = |form: &str| {
            let ran = playground.run(&[&["export", "--as", form], more].concat());
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        };
        playground.write("values.yaml", run("helm-values").as_bytes());
        let chart = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/plimsoll-policies");
        let rendered = Command::new("helm")
            .args(["template", "release"])
            .arg(chart)
            .args(["--values", playground.path("values.yaml").to_str().unwrap(), "--kube-version", "1.33.0"])
            .output()
            .expect("helm is on PATH");
        assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
        let chart = documents(std::str::from_utf8(&rendered.stdout).unwrap());
        let of = |documents: &[Value]| {
            let policy = documents.iter().find(|one| one["kind"] == "ClusterAdmissionPolicy").unwrap();
            let spec = &policy["spec"];
            (judged(&spec["settings"]), spec["mode"].clone(), spec["namespaceSelector"].clone(), spec["module"].clone())
        };
        assert_eq!(of(&chart), of(&documents(&run("suite"))));
    }
}
