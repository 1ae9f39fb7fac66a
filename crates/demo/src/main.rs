//! What `kubectl apply` would show in a cluster that has the policies: the shipped modules in the embedded host, one
//! admission request for each object and policy.

mod apply;
mod manifest;
mod modules;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

/// Applies a manifest to an imagined cluster that has the policies, and shows what it answers.
#[derive(Parser)]
#[command(name = "plimsoll-demo", version)]
struct Arguments {
    /// The manifest; `-` reads standard input.
    manifest: PathBuf,
    /// The folder with the modules, one `<policy>.wasm` each.
    #[arg(long, value_name = "DIR", default_value = "target/policies/policy-dev")]
    modules: PathBuf,
    /// Where compiled modules are kept between runs.
    #[arg(long, value_name = "DIR", default_value = "target/policies/compiled")]
    cache: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without the backtrace that anyhow adds where somebody has asked for Rust's.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (objects, unread) = manifest::read(&arguments.manifest)?;
    let name = manifest::name(&arguments.manifest);
    for problem in &unread {
        eprintln!("{name}: {problem}");
    }
    anyhow::ensure!(!objects.is_empty(), "{name} holds no object that can be read");

    let modules = modules::load(&arguments.modules, &arguments.cache)
        .with_context(|| format!("cannot load the modules of {}", arguments.modules.display()))?;
    eprintln!("{} policies loaded, {} objects to apply", modules.len(), objects.len());

    let answers = apply::all(&modules, &objects)?;
    let mut out = std::io::stdout().lock();
    match report::write(&mut out, &arguments.manifest, &answers).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    anyhow::ensure!(unread.is_empty(), "not all of {name} could be read");
    Ok(())
}
