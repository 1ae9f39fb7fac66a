//! `plimsoll-site FOLDER` writes the site into a folder, and checks its links.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use plimsoll_site::{build, check};

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("usage: plimsoll-site FOLDER")?;
    build(&folder)?;
    let problems = check(&folder)?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "{} links lead nowhere", problems.len());
    println!("{}", folder.display());
    Ok(())
}
