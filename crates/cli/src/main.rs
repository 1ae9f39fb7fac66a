//! The `plimsoll` command.

mod args;
mod baseline;
mod check;
mod cluster;
mod completions;
mod config_file;
mod describe;
mod doctor;
mod explain;
mod export;
mod fix;
mod graph;
mod init;
mod input;
mod list;
mod man;
mod markdown;
mod outcome;
mod output;
mod overrides;
mod patterns;
mod process;
mod progress;
mod project;
mod render;
mod report;
mod scan;
#[cfg(test)]
mod schema;
mod schemas;
mod selection;
mod since;
mod summary;
mod testing;
mod today;
mod version;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use plimsoll_lint::visible;

use crate::args::{Args, Command};
use crate::outcome::Outcome;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Command::Check(check) if check.watch => watch::run(check, &args),
        Command::Check(check) => check::run(check, &args),
        Command::Fix(fix) => fix::run(fix, &args),
        Command::Baseline(baseline) => baseline::run(baseline),
        Command::Init(init) => init::run(init),
        Command::Graph(graph) => graph::run(graph),
        Command::Test(test) => testing::run(test),
        Command::Scan(scan) => scan::run(scan, &args),
        Command::Doctor(doctor) => doctor::run(doctor),
        Command::Export(export) => export::run(export),
        Command::List(list) => list::run(list),
        Command::Explain(explain) => explain::run(explain),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(options) => man::run(options),
    };
    match done {
        Ok(outcome) => outcome.into(),
        // Whoever reads the results has seen enough, as `head` has.
        Err(error) if output::is_broken_pipe(&error) => Outcome::Clean.into(),
        Err(error) => {
            output::note_untrusted(&format!("error: {error:#}"));
            Outcome::Failed.into()
        }
    }
}
