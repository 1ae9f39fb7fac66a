//! What `kubectl apply` would show in a cluster with the policies: sends one admission request per object and module to
//! the shipped modules in the embedded host.

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

/// Applies a manifest to a simulated cluster with the policies, and shows the answers.
#[derive(Parser)]
#[command(name = "plimsoll-demo", version)]
struct Arguments {
    /// The manifest; `-` reads standard input.
    manifest: PathBuf,
    /// Run the module of each policy instead of the suite with its default profile.
    #[arg(long)]
    all: bool,
    /// How many policies' findings and changes to show for each object.
    #[arg(long, value_name = "N", default_value_t = 6)]
    most: usize,
    /// The folder with the modules: `suite.wasm`, or one `<policy>.wasm` each.
    #[arg(long, value_name = "DIR", default_value = "target/policies/policy-dev")]
    modules: PathBuf,
    /// The folder that caches compiled modules between runs.
    #[arg(long, value_name = "DIR", default_value = "target/policies/compiled")]
    cache: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` leaves out the backtrace that anyhow adds if RUST_BACKTRACE is set.
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
    anyhow::ensure!(!objects.is_empty(), "{name} has no readable object");

    let modules = modules::load(&arguments.modules, arguments.all, &arguments.cache)
        .with_context(|| format!("cannot load the modules of {}", arguments.modules.display()))?;

    let answers = apply::all(&modules, &objects)?;
    let mut out = std::io::stdout().lock();
    let layout = Layout { width: width(), most: arguments.most };
    match report::write(&mut out, &arguments.manifest, &answers, layout).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    anyhow::ensure!(unread.is_empty(), "{name} could not be read completely");
    Ok(())
}

/// The width of lines: the terminal's, within reason.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 120)
}
