//! Pushes the modules of `dist/` to a registry, by a program of its own: everything else here needs no network.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// What `plimsoll-release publish` takes.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--package", "plimsoll-release", "--", "publish"])
        .args(&args.options)
        .current_dir(workspace.path(""))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("not everything was published");
    }
    Ok(())
}
