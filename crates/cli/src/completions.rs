//! `plimsoll completions`.

use std::io::Write;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, CommandFactory};
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Category;

use crate::args::{Args, Completions};
use crate::outcome::Outcome;
use crate::output;

pub(crate) fn run(args: &Completions) -> anyhow::Result<Outcome> {
    // Written to memory first: the generator panics when its reader has gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "plimsoll", &mut script);
    let mut out = output::results();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Clean)
}

/// The command as a shell knows it: where it takes a policy or a category, it offers them. The command itself takes patterns and
/// several, too, and has words of its own for what there isn't.
fn command() -> Command {
    let ids = || {
        POLICIES
            .iter()
            .map(|entry| PossibleValue::new(entry.metadata.id).help(entry.metadata.title))
            .collect::<Vec<_>>()
    };
    let selectors = || Category::ALL.map(|category| PossibleValue::new(category.name())).into_iter().chain(ids());
    let known = |arg: Arg| match arg.get_id().as_str() {
        "policies" | "policy" => arg.value_parser(PossibleValuesParser::new(ids())),
        "enable" | "disable" => arg.value_parser(PossibleValuesParser::new(selectors())),
        _ => arg,
    };
    Args::command().mut_subcommands(|subcommand| subcommand.mut_args(known))
}
