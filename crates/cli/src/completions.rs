//! `plimsoll completions`.

use std::io::Write;

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::outcome::Outcome;
use crate::output;

pub(crate) fn run(args: &Completions) -> anyhow::Result<Outcome> {
    // Written to memory first: the generator panics when its reader has gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "plimsoll", &mut script);
    let mut out = output::results();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Clean)
}
