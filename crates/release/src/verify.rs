//! Whether a registry has what this checkout builds.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::artifact;
use crate::registry::{Pushed, Registry};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The registry: `ghcr.io/owner/policies` has `ghcr.io/owner/policies/<id>:v<version>`.
    #[arg(long, value_name = "HOST/PREFIX")]
    registry: String,
    /// The folder that `cargo xtask dist` made.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    dist: PathBuf,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let artifacts = artifact::read_all(&args.dist)?;
    let registry = Registry::new(&args.registry)?;
    let mut wrong = 0;
    for artifact in &artifacts {
        match registry.compare(artifact).await {
            Ok(Pushed::Unchanged) => println!("equal: {}/{} {}", args.registry, artifact.id, artifact.digest),
            Ok(Pushed::New) => {
                wrong += 1;
                eprintln!("missing: {}/{}", args.registry, artifact.id);
            }
            Err(error) => {
                wrong += 1;
                eprintln!("different: {error:#}");
            }
        }
    }
    if wrong > 0 {
        bail!("{wrong} of {} modules of {} are not what this checkout builds", artifacts.len(), args.registry);
    }
    println!("{} modules are what this checkout builds", artifacts.len());
    Ok(())
}
