//! Publishes, packs and verifies what a release ships: `cargo xtask publish`, `bundle`, `packages` and `verify`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for maintainers reports what it does")]

mod archive;
mod artifact;
mod attestation;
mod beside;
mod bundle;
mod layout;
mod packages;
mod publish;
mod registry;
mod target;
mod targets;
mod template;
mod verify;
mod zip;

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Parser;

/// Publishes what a release ships.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Push the modules of `dist/` to a registry.
    Publish(publish::Args),
    /// Write one archive with the modules of `dist/` and what refers to them, for networks without a way to the registry.
    Bundle(bundle::Args),
    /// Make the packages and images that carry the command.
    Packages(packages::Args),
    /// Hold the modules of `dist/` against a registry.
    Verify(target::Target),
}

fn main() -> ExitCode {
    match run(&Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("a provider of cryptography is installed already"))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    match task {
        Task::Publish(args) => runtime.block_on(publish::run(args)),
        Task::Bundle(args) => runtime.block_on(bundle::run(args)),
        Task::Packages(args) => packages::run(args),
        Task::Verify(target) => runtime.block_on(verify::run(target)),
    }
}
