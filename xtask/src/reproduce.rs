//! Builds modules in a second checkout, elsewhere, and compares the bytes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::modules;
use crate::workspace::{Workspace, output, read_bytes, succeed};

/// What to build twice.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module of this policy, or `suite`; may be given several times. Without any: all.
    #[arg(long = "policy", value_name = "ID")]
    policies: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(workspace.root()));
    let changed = git(&["status", "--porcelain"])?;
    ensure!(changed.is_empty(), "commit first: the second checkout has only what is committed\n{changed}");

    let built = modules::build(workspace, &modules::Args { release: true, policies: args.policies.clone() })?;
    let elsewhere = tempfile::Builder::new().prefix("another-checkout-").tempdir().context("no folder")?;
    let checkout = elsewhere.path().join("plimsoll");
    succeed(Command::new("git").args(["clone", "--quiet"]).arg(workspace.root()).arg(&checkout))?;
    let target = elsewhere.path().join("built");
    build(&checkout, &target, args)?;

    let mut different = Vec::new();
    for (shipped, path) in &built {
        let id = shipped.metadata().id;
        let other = target.join("policies").join("policy").join(format!("{id}.wasm"));
        if read_bytes(path)? != read_bytes(&other)? {
            different.push(id);
        }
    }
    if !different.is_empty() {
        bail!("{} of {} modules differ: {}", different.len(), built.len(), different.join(", "));
    }
    println!("{} modules are equal, byte for byte, in two checkouts", built.len());
    Ok(())
}

/// Builds with the checkout's own tools.
fn build(checkout: &Path, target: &Path, args: &Args) -> Result<()> {
    succeed(
        Command::new("make").args(["--silent", "setup-wasm", "node_modules/.package-lock.json"]).current_dir(checkout),
    )?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(checkout).env("CARGO_TARGET_DIR", target);
    // What cargo sets for this program is about the first checkout.
    cargo.env_remove("CARGO_MANIFEST_DIR");
    cargo.args(["run", "--quiet", "--package", "xtask", "--", "modules", "--release"]);
    cargo.args(args.policies.iter().flat_map(|id| ["--policy", id]));
    succeed(&mut cargo)
}
