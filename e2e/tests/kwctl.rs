//! The modules in kwctl: it answers word for word like the embedded host. `make e2e-real` runs this.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::path::{Path, PathBuf};

use plimsoll::policies::POLICIES;
use plimsoll_e2e::kwctl::ids;
use plimsoll_e2e::questions::questions;
use plimsoll_e2e::{Shipped, chosen, each_policy, repository, wasm_of};
use plimsoll_host::{METADATA_SECTION, Session, custom_section};
use plimsoll_manifest::Limits;
use serde_json::Value;

/// What kwctl prints.
fn kwctl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    plimsoll_e2e::kwctl::kwctl(folder, arguments).unwrap_or_else(|error| panic!("{error:#}"))
}

fn module(id: &str) -> String {
    plimsoll_e2e::kwctl::module(id).unwrap().display().to_string()
}

fn yaml(text: &[u8]) -> Value {
    let file = plimsoll_manifest::read(text, &Limits::default());
    assert!(file.errors.is_empty(), "{:?}", file.errors);
    file.documents[0].value.clone()
}

fn metadata_file(id: &str) -> PathBuf {
    repository().join("policies").join(id).join("metadata.yml")
}

#[test]
#[ignore = "needs kwctl"]
fn kwctl_answers_every_fixture_like_the_embedded_host() {
    let folder = tempfile::tempdir().unwrap();
    let failures = each_policy(&chosen().unwrap(), |entry| {
        let id = entry.metadata.id;
        let shipped = Shipped::load(id).unwrap();
        let home = folder.path().join(id);
        std::fs::create_dir(&home).unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(home.join(name), text).unwrap();
            home.join(name).display().to_string()
        };
        let (module, mut failures) = (module(id), Vec::new());
        for question in questions(entry).unwrap() {
            let mut guest = shipped.start(question.cluster.clone()).unwrap();
            let verdict = guest.validate(&question.request, &question.settings).unwrap();
            let expected = verdict.admission_response(question.request["uid"].as_str().unwrap());
            let session = file("session.yaml", &Session::of(&guest.calls()).to_yaml().unwrap());
            let request = file("request.json", &question.request.to_string());
            let settings = file("settings.json", &question.settings.to_string());
            let output = kwctl(
                &home,
                &[
                    "run",
                    "--allow-context-aware",
                    "--replay-host-capabilities-interactions",
                    &session,
                    "--request-path",
                    &request,
                    "--settings-path",
                    &settings,
                    &module,
                ],
            );
            let actual: Value = serde_json::from_slice(&output).unwrap();
            if actual != expected {
                failures.push(format!("{}\n  embedded {expected}\n  kwctl    {actual}", question.title));
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "needs kwctl"]
fn kwctl_replays_every_committed_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut replayed = 0;
    for entry in POLICIES {
        let id = entry.metadata.id;
        let path = |name: &str| repository().join("policies").join(id).join(name);
        let Ok(request) = std::fs::read_to_string(path("session-request.json")) else { continue };
        let session = path("session.yaml");
        // Default settings have no file.
        let settings = std::fs::read_to_string(path("session-settings.json")).unwrap_or_else(|_| "{}".to_owned());
        let (request, settings): (Value, Value) =
            (serde_json::from_str(&request).unwrap(), serde_json::from_str(&settings).unwrap());
        let replay = plimsoll_host::Replay::new(Session::parse(&std::fs::read_to_string(&session).unwrap()).unwrap());
        let mut guest = Shipped::load(id).unwrap().start_with(std::sync::Arc::new(replay)).unwrap();
        let verdict = guest.validate(&request, &settings).unwrap();
        let output = kwctl(
            folder.path(),
            &[
                "run",
                "--allow-context-aware",
                "--replay-host-capabilities-interactions",
                &session.display().to_string(),
                "--request-path",
                &path("session-request.json").display().to_string(),
                "--settings-json",
                &settings.to_string(),
                &module(id),
            ],
        );
        let actual: Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(actual, verdict.admission_response(request["uid"].as_str().unwrap()), "{id}");
        replayed += 1;
    }
    assert!(replayed > 0, "no session");
}

/// Only what kwctl adds differs.
fn without_additions(mut metadata: Value) -> Value {
    let fields = metadata.as_object_mut().unwrap();
    fields.remove("protocolVersion");
    let annotations = fields["annotations"].as_object_mut().unwrap();
    for added in ["io.kubewarden.kwctl", "io.kubewarden.policy.usage"] {
        annotations.remove(added);
    }
    metadata
}

#[test]
#[ignore = "needs kwctl"]
fn kwctl_inspects_scaffolds_and_annotates_every_module() {
    let folder = tempfile::tempdir().unwrap();
    for id in ids() {
        let path = module(id);
        let written = yaml(&std::fs::read(metadata_file(id)).unwrap());
        let shown = yaml(&kwctl(folder.path(), &["inspect", "--output", "yaml", &path]));
        assert_eq!(shown["protocolVersion"], "v1", "{id}");
        assert_eq!(without_additions(shown.clone()), without_additions(written.clone()), "{id}");

        for kind in ["ClusterAdmissionPolicy", "AdmissionPolicy"] {
            let scaffold = ["scaffold", "manifest", "--type", kind, "--allow-context-aware", &path];
            let scaffold = yaml(&kwctl(folder.path(), &scaffold));
            assert_eq!(scaffold["kind"], kind, "{id}");
            assert_eq!(scaffold["metadata"]["name"], id, "{id}");
            assert_eq!(scaffold["spec"]["module"], format!("file://{path}"), "{id}");
            for key in ["rules", "mutating"] {
                assert_eq!(scaffold["spec"][key], written[key], "{id}: {key}");
            }
            if kind == "ClusterAdmissionPolicy" {
                // kwctl leaves an empty list out.
                let listed = |value: &Value| value["contextAwareResources"].as_array().cloned().unwrap_or_default();
                assert_eq!(listed(&scaffold["spec"]), listed(&written), "{id}");
            }
        }

        // The module as the compiler made it, which kwctl annotates like we do.
        let file = |name: &str| folder.path().join(name).display().to_string();
        let bytes = wasm_of(id).unwrap();
        std::fs::write(file("plain.wasm"), without_metadata(&bytes)).unwrap();
        let (metadata, annotated) = (metadata_file(id).display().to_string(), file("annotated.wasm"));
        let plain = file("plain.wasm");
        kwctl(folder.path(), &["annotate", "--metadata-path", &metadata, "--output-path", &annotated, &plain]);
        let again = yaml(&kwctl(folder.path(), &["inspect", "--output", "yaml", &annotated]));
        assert_eq!(without_additions(again), without_additions(shown), "{id}");
    }
}

/// A module without the section that ends it.
fn without_metadata(bytes: &[u8]) -> &[u8] {
    let section = custom_section(bytes, METADATA_SECTION).unwrap().unwrap();
    let content = section.as_ptr().addr() - bytes.as_ptr().addr();
    assert_eq!(content + section.len(), bytes.len(), "the metadata is not the last section");
    // Before the content are its name, the name's length, the section's length and its kind, 0.
    let name = content - METADATA_SECTION.len() - 1;
    let body = bytes.len() - name;
    let length = (1..6).find(|length| body < 1 << (7 * length)).unwrap();
    let start = name - length - 1;
    assert_eq!(bytes[start], 0, "a custom section");
    &bytes[..start]
}
