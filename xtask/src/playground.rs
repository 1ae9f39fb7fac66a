//! Builds what the playground's page loads: the package of the core, examples, and the fields of Kubernetes' kinds.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Result, ensure};
use plimsoll::policies::POLICIES;
use plimsoll_fixtures::{Pair, pair_of};
use serde::Serialize;

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
        // Pages that embed the example may name the policy by an id that it had.
        for id in entry.metadata.ids() {
            examples.policies.insert(id, pair_of(entry.metadata)?);
        }
    }
    workspace.write(format!("{WEB}/public/examples.json"), serde_json::to_string(&examples)?)
}
