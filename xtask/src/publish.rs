//! What a release does with what is in `dist/`, by a program of its own: everything else here needs no network.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::dist;
use crate::workspace::{VERSION, Workspace, output, succeed};

/// What `plimsoll-release` takes.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Which release to hold against a registry.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The release, such as `v0.1.0`; its tag is to be checked out.
    #[arg(value_name = "VERSION")]
    version: String,
    /// Where its modules are.
    #[arg(long, value_name = "HOST/PREFIX")]
    registry: OsString,
}

pub(crate) fn publish(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut options = origin(workspace)?;
    options.extend(args.options.iter().cloned());
    release(workspace, "publish", &options)
}

/// What the provenance of the modules says: the commit, and what builds them.
fn origin(workspace: &Workspace) -> Result<Vec<OsString>> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(workspace.root()));
    if !git(&["status", "--porcelain"])?.is_empty() {
        eprintln!("no provenance: this checkout has what is not committed");
        return Ok(Vec::new());
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    // GitHub says which workflow runs; by hand it is what RELEASING.md describes.
    let variable = |name: &str| std::env::var(name).ok();
    let builder = match (variable("GITHUB_SERVER_URL"), variable("GITHUB_WORKFLOW_REF")) {
        (Some(server), Some(workflow)) => format!("{server}/{workflow}"),
        _ => format!("{}/blob/{}/RELEASING.md", env!("CARGO_PKG_REPOSITORY"), commit.trim()),
    };
    Ok(["--commit", commit.trim(), "--builder", &builder].map(OsString::from).into())
}

/// Makes the packages of the command, and the image of the page where it is built.
pub(crate) fn packages(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut options: Vec<OsString> = ["--binaries", "dist", "--output", "dist/packages"].map(OsString::from).into();
    let page = "playground/web/dist";
    if workspace.path(page).exists() {
        options.extend(["--page", page].map(OsString::from));
    } else {
        eprintln!("no image of the page: `make playground-dist` builds it");
    }
    options.extend(args.options.iter().cloned());
    release(workspace, "packages", &options)
}

/// Packs the modules and what is said of them with the chart.
pub(crate) fn bundle(workspace: &Workspace, args: &Args) -> Result<()> {
    let output = format!("dist/plimsoll-{VERSION}-oci.tar");
    let mut options = origin(workspace)?;
    options.extend(["--with", "charts/plimsoll-policies", "--output", &output].map(OsString::from));
    options.extend(args.options.iter().cloned());
    release(workspace, "bundle", &options)
}

/// Builds the modules of this checkout and compares them with what was published.
pub(crate) fn verify(workspace: &Workspace, args: &Verify) -> Result<()> {
    let here = format!("v{VERSION}");
    ensure!(args.version == here, "this is {here}: check out {} first", args.version);
    dist::run(workspace, &dist::Args {})?;
    release(workspace, "verify", &["--registry".into(), args.registry.clone()])
}

fn release(workspace: &Workspace, task: &str, options: &[OsString]) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "plimsoll-release", "--", task]).args(options);
    succeed(&mut cargo)
}
