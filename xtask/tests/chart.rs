//! The Helm chart, rendered by the real helm: `make render-tests`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Profile;
use plimsoll_kubewarden::{Shipped, manifest};
use serde_json::{Value, json};

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/plimsoll-policies")
}

/// What helm says, and whether it was content.
fn helm(arguments: &[&str]) -> (bool, String, String) {
    helm_of(&chart(), arguments)
}

fn helm_of(chart: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new("helm")
        .arg(arguments.first().unwrap())
        .args(if arguments.first() == Some(&"template") { &["release"][..] } else { &[] })
        .arg(chart)
        .args(arguments.get(1..).unwrap())
        .args(["--kube-version", "1.33.0"])
        .output()
        .expect("helm is on PATH");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The objects that values render to, by kind and name.
fn rendered(values: &[&str]) -> BTreeMap<(String, String), Value> {
    let mut arguments = vec!["template"];
    for value in values {
        arguments.extend(["--set-json", value]);
    }
    let (done, stdout, stderr) = helm(&arguments);
    assert!(done, "{values:?}: {stderr}");
    objects(&stdout)
}

fn objects(rendered: &str) -> BTreeMap<(String, String), Value> {
    let documents = yaml_serde::Deserializer::from_str(rendered);
    let objects = documents.map(|document| <Value as serde::Deserialize>::deserialize(document).unwrap());
    let named = objects.filter(|object| !object.is_null()).map(|object| {
        let text = |pointer: &str| object.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        ((text("/kind"), text("/metadata/name")), object)
    });
    named.collect()
}

fn policies(objects: &BTreeMap<(String, String), Value>) -> BTreeMap<&str, &Value> {
    let of_kind = objects.iter().filter(|((kind, _), _)| kind == "ClusterAdmissionPolicy");
    of_kind.map(|((_, name), object)| (name.strip_prefix("plimsoll-").unwrap(), object)).collect()
}

fn at<'a>(object: &'a Value, pointer: &str) -> &'a Value {
    object.pointer(pointer).unwrap_or(&Value::Null)
}

/// What PolicyServer may do, as `group/resource verb`.
fn permissions(objects: &BTreeMap<(String, String), Value>) -> Vec<String> {
    let mut all = Vec::new();
    for object in objects.values().filter(|object| at(object, "/kind") == "ClusterRole") {
        for rule in at(object, "/rules").as_array().unwrap() {
            let list = |name: &str| at(rule, name).as_array().unwrap().iter().map(|value| value.as_str().unwrap());
            for group in list("/apiGroups") {
                for resource in list("/resources") {
                    all.extend(list("/verbs").map(|verb| format!("{group}/{resource} {verb}")));
                }
            }
        }
    }
    all.sort();
    all
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn helm_finds_nothing_wrong() {
    let (done, stdout, stderr) = helm(&["lint", "--strict"]);
    assert!(done, "{stdout}{stderr}");
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn policies_of_a_profile_are_those_of_their_folders() {
    for profile in Profile::SETS {
        let objects = rendered(&[r#"as="policies""#, &format!("profile={:?}", profile.name())]);
        let found = policies(&objects);
        let expected: Vec<&str> = POLICIES
            .iter()
            .map(|entry| entry.metadata)
            .filter(|metadata| profile.includes(metadata))
            .map(|m| m.id)
            .collect();
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), expected, "{}", profile.name());
        for (id, object) in found {
            let own = serde_json::to_value(manifest(Shipped::named(id).unwrap(), json!({}))).unwrap();
            for field in
                ["/spec/module", "/spec/rules", "/spec/contextAwareResources", "/spec/mutating", "/spec/settings"]
            {
                assert_eq!(at(object, field), at(&own, field), "{id}: {field}");
            }
            assert_eq!(at(object, "/spec/mode"), "monitor", "{id}");
        }
    }
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn the_suite_states_what_differs_from_its_profile() {
    let objects = rendered(&[
        r#"settings={"onViolation": "warn", "policies": {"missing-prestop": {"enabled": false}, "single-replica": {"severity": "low"}}}"#,
    ]);
    let found = policies(&objects);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&"suite"]);
    let settings = json!({
        "profile": "production",
        "onViolation": "warn",
        "policies": {"missing-prestop": {"enabled": false}, "single-replica": {"severity": "low"}},
    });
    assert_eq!(at(found["suite"], "/spec/settings"), &settings);

    let objects = rendered(&[r#"policies=["drain-deadlock"]"#]);
    let suite = policies(&objects)["suite"];
    let settings = json!({"profile": "off", "policies": {"drain-deadlock": {"enabled": true}}});
    assert_eq!(at(suite, "/spec/settings"), &settings);
    let own = serde_json::to_value(manifest(Shipped::named("drain-deadlock").unwrap(), json!({}))).unwrap();
    assert_eq!(at(suite, "/spec/contextAwareResources"), at(&own, "/spec/contextAwareResources"));
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn permissions_are_those_of_the_chosen_policies() {
    for id in ["drain-deadlock", "missing-prestop", "missing-config-reference"] {
        let objects = rendered(&[&format!("policies=[{id:?}]")]);
        let metadata = Shipped::named(id).unwrap().metadata();
        let role = plimsoll_kubewarden::rbac("release", plimsoll_kubewarden::look_ups(metadata)).unwrap();
        let expected = permissions(
            &role.into_iter().map(|object| ((id.to_owned(), object["kind"].to_string()), object)).collect(),
        );
        assert_eq!(permissions(&objects), expected, "{id}");
        assert!(!expected.is_empty(), "{id}");
    }
    // Without look-ups there is nothing to permit, and nobody to bind.
    let objects = rendered(&[r#"policies=["host-port"]"#]);
    assert_eq!(objects.len(), 1, "{objects:?}");
    let objects = rendered(&[r#"rbac={"create": false}"#]);
    assert_eq!(objects.len(), 1, "{objects:?}");
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn shared_settings_and_exemptions_reach_every_policy() {
    let objects = rendered(&[
        r#"as="policies""#,
        r#"policies=["missing-prestop", "single-replica"]"#,
        r#"settings={"onViolation": "fix", "exempt": [{"namespace": "a", "reason": "b"}], "policies": {"single-replica": {"onViolation": "warn", "exempt": [{"namespace": "c", "reason": "d"}]}}}"#,
    ]);
    let found = policies(&objects);
    let shared = json!({"namespace": "a", "reason": "b"});
    assert_eq!(at(found["missing-prestop"], "/spec/settings"), &json!({"onViolation": "fix", "exempt": [shared]}));
    assert_eq!(at(found["missing-prestop"], "/spec/mutating"), true);
    let own = json!({"namespace": "c", "reason": "d"});
    assert_eq!(at(found["single-replica"], "/spec/settings"), &json!({"onViolation": "warn", "exempt": [shared, own]}));
    assert_eq!(at(found["single-replica"], "/spec/mutating"), false);
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn values_that_nothing_reads_are_refused() {
    for values in ["profil=\"starter\"", r#"settings={"onViolatoin": "warn"}"#, r#"policies=["missing-prestpo"]"#] {
        let (done, _, stderr) = helm(&["template", "--set-json", values]);
        assert!(!done, "{values}");
        assert!(stderr.contains("not allowed") || stderr.contains("must be one of"), "{stderr}");
    }
}

/// The chart with a policy that was called `no-hook`, and no schema, which doesn't know it.
fn with_a_renamed_policy(folder: &Path) {
    for entry in ["Chart.yaml", "values.yaml"] {
        std::fs::copy(chart().join(entry), folder.join(entry)).unwrap();
    }
    std::fs::create_dir(folder.join("templates")).unwrap();
    for entry in std::fs::read_dir(chart().join("templates")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join("templates").join(path.file_name().unwrap())).unwrap();
    }
    let policies = std::fs::read_to_string(chart().join("files/policies.yaml")).unwrap();
    let renamed = policies.replace("\nmissing-prestop:\n", "\nmissing-prestop:\n  renamedFrom: [no-hook]\n");
    assert_ne!(policies, renamed);
    std::fs::create_dir(folder.join("files")).unwrap();
    std::fs::write(folder.join("files/policies.yaml"), renamed).unwrap();
    // Helm prints notes only when a cluster answers.
    std::fs::copy(chart().join("templates/NOTES.txt"), folder.join("files/notes")).unwrap();
    let notes = "kind: Notes\nmetadata: {name: notes}\ntext: {{ tpl (.Files.Get \"files/notes\") . | quote }}\n";
    std::fs::write(folder.join("templates/notes.yaml"), notes).unwrap();
}

#[test]
#[ignore = "needs helm: make render-tests"]
fn values_by_an_old_id_count() {
    let folder = tempfile::tempdir().unwrap();
    with_a_renamed_policy(folder.path());
    let own = |id: &str| format!(r#"settings={{"policies": {{"{id}": {{"minSeconds": 7}}}}}}"#);
    let only = |id: &str| format!("policies=[{id:?}]");
    let template = |form: &str, id: &str| {
        let (own, only) = (own(id), only(id));
        let arguments = ["template", "--set-json", form, "--set-json", &only, "--set-json", &own];
        let (done, stdout, stderr) = helm_of(folder.path(), &arguments);
        assert!(done, "{stderr}");
        stdout
    };
    let notes_of = |rendered: &mut BTreeMap<(String, String), Value>| {
        rendered.remove(&("Notes".to_owned(), "notes".to_owned())).unwrap()["text"].clone()
    };
    for form in [r#"as="suite""#, r#"as="policies""#] {
        let (mut old, mut now) = (objects(&template(form, "no-hook")), objects(&template(form, "missing-prestop")));
        assert_eq!(notes_of(&mut now), "\n", "{form}");
        assert_eq!(notes_of(&mut old), "\nIn the values: no-hook was renamed to missing-prestop\n", "{form}");
        assert!(format!("{now:?}").contains("\"minSeconds\": Number(7)"), "{now:?}");
        assert_eq!(old, now, "{form}");
    }
    let twice = r#"settings={"policies": {"no-hook": {}, "missing-prestop": {}}}"#;
    let (done, _, stderr) = helm_of(folder.path(), &["template", "--set-json", twice]);
    assert!(!done && stderr.contains("settings.policies.no-hook was renamed to missing-prestop"), "{stderr}");
}
