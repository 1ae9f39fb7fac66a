//! What `kubectl apply` would show in a cluster that has the policies: the shipped modules in the embedded host, one
//! admission request for each object and module.

mod apply;
mod finding;
mod manifest;
mod modules;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::report::Layout;

/// Applies a manifest to an imagined cluster that has the policies, and shows what it answers.
#[derive(Parser)]
#[command(name = "plimsoll-demo", version)]
struct Arguments {
    /// The manifest; `-` reads standard input.
    manifest: PathBuf,
    /// Ask the module of each policy, instead of the suite's with its default profile.
    #[arg(long)]
    all: bool,
    /// Of how many policies findings and changes of an object are written out.
    #[arg(long, value_name = "N", default_value_t = 6)]
    most: usize,
    /// The folder with the modules: `suite.wasm`, or one `<policy>.wasm` each.
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

    let modules = modules::load(&arguments.modules, arguments.all, &arguments.cache)
        .with_context(|| format!("cannot load the modules of {}", arguments.modules.display()))?;

    let answers = apply::all(&modules, &objects)?;
    let mut out = std::io::stdout().lock();
    let layout = Layout { width: width(), most: arguments.most };
    match report::write(&mut out, &arguments.manifest, &answers, layout).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    anyhow::ensure!(unread.is_empty(), "not all of {name} could be read");
    Ok(())
}

/// How wide lines may be: as the terminal, within reason.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 120)
}
