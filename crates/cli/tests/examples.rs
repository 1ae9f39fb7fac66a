//! What `plimsoll` says of the files in `examples/`.
//!
//! `tests/examples/<name>.txt` records the findings under `production`, a line each; those that only `--complete` brings
//! have a plus. `BLESS=1` writes them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::Playground;
use serde_json::Value;
use similar::TextDiff;

const MODEL: &str = "model-service.yaml";

/// What the API has for Linux alone.
const LINUX_ONLY: &[&str] = &[
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "fsGroup",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "shareProcessNamespace",
    "supplementalGroups",
    "sysctls",
];

struct Example {
    name: String,
    text: String,
}

fn examples() -> Vec<Example> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    assert!(paths.len() > 9, "{paths:?}");
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| Example { name: name(path), text: std::fs::read_to_string(path).unwrap() }).collect()
}

impl Example {
    fn playground(&self) -> Playground {
        Playground::with(&[(&self.name, &self.text)])
    }

    /// The report of `plimsoll check` over the file, as it is in the playground.
    fn check(&self, playground: &Playground, args: &[&str]) -> Value {
        let ran = playground.run(&[&["check", &self.name, "--format", "json"], args].concat());
        assert!(ran.code < 2, "{}: {}", self.name, ran.err);
        ran.json()
    }
}

fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().unwrap()
}

/// A line for each finding, in the order of the file's lines.
fn lines(report: &Value) -> BTreeSet<(u64, String)> {
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    findings(report)
        .iter()
        .map(|finding| {
            let line = finding["span"]["start"]["line"].as_u64().unwrap();
            let [severity, policy, message] = ["severity", "policy", "message"].map(|field| text(finding, field));
            (line, format!("{line} {severity}[{policy}]: {message}\n"))
        })
        .collect()
}

#[test]
fn the_findings_of_each_are_those_recorded() {
    let mut differences = String::new();
    for example in examples() {
        let playground = example.playground();
        let given = example.check(&playground, &["--profile", "production"]);
        let complete = example.check(&playground, &["--profile", "production", "--complete"]);
        // `+` only when the file is all there is, `-` only when it may not be.
        let (given, complete) = (lines(&given), lines(&complete));
        let actual: String = given
            .union(&complete)
            .map(|entry| match (given.contains(entry), complete.contains(entry)) {
                (true, true) => format!("  {}", entry.1),
                (false, _) => format!("+ {}", entry.1),
                (true, false) => format!("- {}", entry.1),
            })
            .collect();

        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples").join(&example.name);
        let recorded = recorded.with_extension("txt");
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(recorded.parent().unwrap()).unwrap();
            std::fs::write(recorded, actual).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&recorded).unwrap_or_default();
        if actual != expected {
            let diff = TextDiff::from_lines(&expected, &actual);
            let diff = diff.unified_diff().header("recorded", &example.name).to_string();
            differences.push_str(&diff);
        }
    }
    assert!(differences.is_empty(), "BLESS=1 records what is right:\n{differences}");
}

#[test]
fn the_readme_names_each() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    for example in examples() {
        assert!(readme.contains(&format!("[{0}]({0})", example.name)), "{}", example.name);
    }
}

#[test]
fn the_model_service_has_no_finding_and_nothing_is_left_unchecked() {
    let model = examples().into_iter().find(|example| example.name == MODEL).unwrap();
    let playground = model.playground();
    // The services that it calls, and that call it, are elsewhere.
    let strict = ["--profile", "strict", "--disable", "dangling-policy-peer"];
    for args in [strict.as_slice(), &[&strict[..], &["--complete"]].concat()] {
        let report = model.check(&playground, args);
        for list in ["findings", "suppressed", "skipped", "unusedExemptions", "errors"] {
            assert_eq!(report[list].as_array().unwrap().len(), 0, "{args:?} {list}: {:#}", report[list]);
        }
    }
}

#[test]
fn what_is_fixed_is_read_again_and_has_fewer_findings() {
    for example in examples().iter().filter(|example| example.name != MODEL) {
        let playground = example.playground();
        for profile in ["production", "strict"] {
            let args = ["--profile", profile, "--complete"];
            let report = example.check(&playground, &args);
            let before = findings(&report).len();
            let fixable = findings(&report).iter().filter(|finding| finding["fix"].is_object()).count();
            let ran = playground.run(&[&["fix", &example.name, "--unsafe", "--write"], args.as_slice()].concat());
            assert!(ran.code < 2, "{}: {}", example.name, ran.err);
            let after = findings(&example.check(&playground, &args)).len();
            assert!(
                if fixable > 0 { after < before } else { after == before },
                "{} {profile}: {before} findings of which {fixable} can be fixed, then {after}",
                example.name
            );
            let again = playground.run(&[&["fix", &example.name, "--unsafe"], args.as_slice()].concat());
            assert_eq!(again.out, "", "{} {profile}: there is more to fix", example.name);
        }
    }
}

#[test]
fn windows_pods_are_neither_asked_for_nor_given_what_linux_has() {
    let windows = examples().into_iter().find(|example| example.name == "windows-pod.yaml").unwrap();
    let playground = windows.playground();
    let args = ["--profile", "strict", "--complete"];
    for finding in findings(&windows.check(&playground, &args)) {
        let said = [&finding["message"], &finding["help"], &finding["fix"], &finding["newObject"]];
        let said = said.map(Value::to_string).concat();
        for field in LINUX_ONLY {
            assert!(!said.contains(field), "{field}: {finding:#}");
        }
    }
    let ran = playground.run(&[&["fix", &windows.name, "--unsafe", "--write"], args.as_slice()].concat());
    assert!(ran.code < 2, "{}", ran.err);
    let fixed = playground.read(&windows.name);
    assert_ne!(fixed, windows.text);
    for field in LINUX_ONLY {
        assert!(!fixed.contains(&format!("{field}:")), "{field}:\n{fixed}");
    }
}

#[test]
fn probes_are_only_asked_of_containers_that_can_have_them() {
    let mut asked = 0;
    for example in examples() {
        let report = example.check(&example.playground(), &["--profile", "strict", "--complete"]);
        for finding in findings(&report) {
            let policy = finding["policy"].as_str().unwrap();
            if !(policy.starts_with("missing-") && policy.ends_with("-probe")) {
                continue;
            }
            asked += 1;
            let kind = finding["object"]["kind"].as_str().unwrap();
            assert!(!["Job", "CronJob"].contains(&kind), "{finding:#}");
            let message = finding["message"].as_str().unwrap();
            assert!(!message.contains("init container") && !message.contains("ephemeral"), "{finding:#}");
        }
    }
    assert!(asked > 2, "{asked}");
}
