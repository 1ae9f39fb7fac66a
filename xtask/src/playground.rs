//! Builds what the playground's page loads: the package of the core, examples, the fields of Kubernetes' kinds, and what is
//! known of the policies.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result};
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
/// The example that the page shows first.
const FIRST: &str = "web-service.yaml";

pub(crate) fn run(workspace: &Workspace, _: &Args) -> Result<()> {
    package::build(workspace)?;
    schema(workspace)?;
    examples(workspace)?;
    // For the page as a file beside it, like the others.
    let descriptions = workspace.read(format!("{}/{}", package::FOLDER, package::DESCRIPTIONS))?;
    workspace.write(format!("{WEB}/public/{}", package::DESCRIPTIONS), descriptions)
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
    /// Whole manifests, by the names of their files.
    files: BTreeMap<String, String>,
    /// Examples from the fixtures, by the policy's id.
    policies: BTreeMap<&'static str, Pair>,
}

fn examples(workspace: &Workspace) -> Result<()> {
    let mut examples = Examples { files: BTreeMap::new(), policies: BTreeMap::new() };
    for entry in std::fs::read_dir(workspace.path("examples"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            examples.files.insert(name.clone(), workspace.read(format!("examples/{name}"))?);
        }
    }
    let first = examples.files.get(FIRST).with_context(|| format!("examples/{FIRST} is missing"))?;
    workspace.write(format!("{WEB}/public/example.yaml"), first)?;
    for entry in POLICIES {
        // Pages that embed the example may name the policy by an id that it had.
        for id in entry.metadata.ids() {
            examples.policies.insert(id, pair_of(entry.metadata)?);
        }
    }
    workspace.write(format!("{WEB}/public/examples.json"), serde_json::to_string(&examples)?)
}
