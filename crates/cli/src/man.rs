//! `plimsoll man`.

use std::io::Write;

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::{self, Args};
use crate::outcome::Outcome;
use crate::output;

pub(crate) fn run(args: &args::Man) -> anyhow::Result<Outcome> {
    let command = Args::command();
    if let Some(directory) = &args.directory {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        clap_mangen::generate_to(command, directory)
            .with_context(|| format!("cannot write into {}", directory.display()))?;
        return Ok(Outcome::Clean);
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    let mut out = output::results();
    out.write_all(&page)?;
    out.flush()?;
    Ok(Outcome::Clean)
}
