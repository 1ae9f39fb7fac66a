//! The same modules in Kubewarden's own programs, wherever they are installed. Where they are not, the tests say so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::path::PathBuf;
use std::process::{Command, Output};

use plimsoll::policies::POLICIES;
use plimsoll_e2e::{in_namespace, modules_dir, plural};
use plimsoll_host::{Operation, request};
use serde_json::Value;

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    match &found {
        Some(file) => println!("{program}: found at {}", file.display()),
        None => println!("{program}: NOT on PATH, so the modules were not run in it"),
    }
    found
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A request with an object that the policy reports, where the policy needs no other object.
fn failing_request(id: &str) -> Option<Value> {
    let cases = plimsoll_fixtures::of(id).unwrap();
    let case = cases.iter().find(|case| case.file.starts_with("fail") && case.settings.is_null())?;
    let configured = [case.configured().unwrap()];
    let objects = case.objects();
    let judged = case.judged.iter().find(|judged| {
        !plimsoll::evaluate::evaluate(&configured, &case.review(&judged.object, &objects)).findings.is_empty()
    })?;
    request(&in_namespace(&judged.object), Operation::Create, None, plural).ok()
}

#[test]
fn kwctl_inspects_scaffolds_and_runs_every_module() {
    let Some(kwctl) = on_path("kwctl") else { return };
    let folder = tempfile::tempdir().unwrap();
    for entry in POLICIES {
        let module = modules_dir().join(format!("{}.wasm", entry.meta.id));
        run(Command::new(&kwctl).arg("inspect").arg(&module));
        run(Command::new(&kwctl)
            .args(["scaffold", "manifest", "--type", "ClusterAdmissionPolicy", "--allow-context-aware"])
            .arg(&module));
        let Some(request) = failing_request(entry.meta.id).filter(|_| entry.meta.needs.is_empty()) else { continue };
        let file = folder.path().join("request.json");
        std::fs::write(&file, request.to_string()).unwrap();
        let output = run(Command::new(&kwctl).arg("run").arg("--request-path").arg(&file).arg(&module));
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains("\"allowed\":false"), "{}: {answer}", entry.meta.id);
    }
}
