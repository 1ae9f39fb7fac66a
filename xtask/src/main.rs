//! Generates, builds, measures and publishes.

mod dist;
mod generate;
mod modules;
mod new;
mod optimise;
mod package;
mod playground;
mod publish;
mod release;
mod render;
mod reproduce;
mod sbom;
mod size;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::workspace::Workspace;

/// Scaffolds, generates, builds and measures.
#[derive(Parser)]
enum Task {
    /// Scaffold a policy.
    New(new::Args),
    /// Write every generated file, and remove stale ones.
    Gen(generate::Args),
    /// Build the Wasm modules with their metadata.
    Modules(modules::Args),
    /// Print the sizes of the release modules, and fail if one is too big or holds what it should not.
    Size(size::Args),
    /// Build what the playground's page loads.
    Playground(playground::Args),
    /// Collect everything that a release publishes.
    Dist(dist::Args),
    /// Push the modules of `dist/` to a registry.
    Publish(publish::Args),
    /// Write one archive with the modules of `dist/`, what refers to them, and the chart, for networks without a way to the registry.
    Bundle(publish::Args),
    /// Make the packages and images that carry the command, of the archives in `dist/`.
    Packages(publish::Args),
    /// Prepare a release: its version and date everywhere, and its part of the changelog.
    Release(release::Args),
    /// Build this release again and compare it with what is in a registry.
    Verify(publish::Verify),
    /// Build modules in a second checkout and compare the bytes.
    Reproduce(reproduce::Args),
}

fn main() -> ExitCode {
    let workspace = Workspace::here();
    let done = match Task::parse() {
        Task::New(args) => new::run(&workspace, &args),
        Task::Gen(args) => generate::run(&workspace, &args),
        Task::Modules(args) => modules::run(&workspace, &args),
        Task::Size(args) => size::run(&workspace, &args),
        Task::Playground(args) => playground::run(&workspace, &args),
        Task::Dist(args) => dist::run(&workspace, &args),
        Task::Publish(args) => publish::publish(&workspace, &args),
        Task::Bundle(args) => publish::bundle(&workspace, &args),
        Task::Packages(args) => publish::packages(&workspace, &args),
        Task::Release(args) => release::run(&workspace, &args),
        Task::Verify(args) => publish::verify(&workspace, &args),
        Task::Reproduce(args) => reproduce::run(&workspace, &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
