//! What a release does with the modules of `dist/`, by a program of its own: everything else here needs no network.

use std::ffi::OsString;

use anyhow::{Result, ensure};

use crate::dist;
use crate::workspace::{VERSION, Workspace, succeed};

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
    release(workspace, "publish", &args.options)
}

/// Packs the modules with the chart.
pub(crate) fn bundle(workspace: &Workspace, args: &Args) -> Result<()> {
    let output = format!("dist/plimsoll-{VERSION}-oci.tar");
    let mut options: Vec<OsString> =
        ["--with", "charts/plimsoll-policies", "--output", &output].map(OsString::from).into();
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
