//! Builds what the playground's page loads: the package of the core, examples, and the fields of Kubernetes' kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Result, ensure};
use plimsoll::policies::POLICIES;
use plimsoll::policy::context::Operation;
use plimsoll_fixtures::{Case, File, files_of, without_markers};
use serde::Serialize;
use serde_json::{Value, json};

use crate::package;
use crate::workspace::{Workspace, succeed};

/// No options.
#[derive(clap::Args)]
pub(crate) struct Args {}

const SCHEMA: &str = "plimsoll-playground-schema";
const WEB: &str = "playground/web";
const FIRST: &str = "web-service.yaml";

pub(crate) fn run(workspace: &Workspace, _: &Args) -> Result<()> {
    package::build(workspace)?;
    schema(workspace)?;
    examples(workspace)
}

/// Makes the table of fields. Its generator is a separate program, since it takes long to build. Building a test with
/// it makes cargo use the features of the workspace's tests: see `BIN` in the Makefile.
fn schema(workspace: &Workspace) -> Result<()> {
    succeed(workspace.cargo().args(["build", "--quiet", "--bin", SCHEMA, "--test", "scaffold"]))?;
    let mut generator = Command::new(workspace.target().join("debug").join(SCHEMA));
    succeed(generator.arg(workspace.path(WEB).join("public/schema.json")))
}

/// The menu of examples.
#[derive(Serialize)]
struct Examples {
    /// The example that the page shows first.
    first: &'static str,
    /// Whole manifests, by the names of their files.
    files: BTreeMap<String, String>,
    /// Examples from the fixtures, by the policy's id.
    policies: BTreeMap<&'static str, Pair>,
}

/// An object that a policy accepts, and one that it reports.
#[derive(Serialize)]
struct Pair {
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<Example>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<Example>,
}

/// A manifest, and the choices that it needs.
#[derive(Serialize)]
struct Example {
    text: String,
    /// Settings of the policy.
    #[serde(skip_serializing_if = "Value::is_null")]
    settings: Value,
    /// Whether nothing else exists.
    #[serde(skip_serializing_if = "is_false")]
    complete: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_false(value: &bool) -> bool {
    !value
}

fn examples(workspace: &Workspace) -> Result<()> {
    let mut examples = Examples { first: FIRST, files: BTreeMap::new(), policies: BTreeMap::new() };
    for entry in std::fs::read_dir(workspace.path("examples"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            examples.files.insert(name.clone(), workspace.read(format!("examples/{name}"))?);
        }
    }
    ensure!(examples.files.contains_key(FIRST), "examples/{FIRST} is missing");
    for entry in POLICIES {
        let files = files_of(entry.metadata.id)?;
        let complete = !entry.metadata.needs.is_empty();
        let of = |name: &str| files.iter().find(|file| file.name == name).and_then(|file| example(file, complete));
        let (mut pass, fail) = (of("pass"), of("fail"));
        // Both show the same settings.
        if let (Some(pass), Some(fail)) = (&mut pass, &fail)
            && pass.settings.is_null()
            && !fail.settings.is_null()
        {
            pass.settings = json!({});
        }
        examples.policies.insert(entry.metadata.id, Pair { pass, fail });
    }
    workspace.write(format!("{WEB}/public/examples.json"), serde_json::to_string(&examples)?)
}

/// The objects of the first case with the same result in an editor, where everything is checked; cases without settings
/// are preferred.
fn example(file: &File, complete: bool) -> Option<Example> {
    let shown = |case: &&Case| !case.inventory && case.complete && case.operation == Operation::Create;
    let plain = |case: &&Case| shown(case) && case.settings.is_null();
    let case = file.cases.iter().find(plain).or_else(|| file.cases.iter().find(shown))?;
    let documents: BTreeSet<usize> = case.checked.iter().map(|checked| checked.document).collect();
    let texts = documents.into_iter().filter_map(|position| {
        let text = without_markers(file.text.get(file.documents.get(position)?.range.clone())?);
        let text = text.strip_prefix("---\n").unwrap_or(&text).trim_end().to_owned();
        Some(text + "\n")
    });
    let text = texts.collect::<Vec<_>>().join("---\n");
    (!text.is_empty()).then(|| Example { text, settings: case.settings.clone(), complete })
}
