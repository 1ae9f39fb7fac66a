//! Whether a registry has what this checkout builds.

use anyhow::{Result, bail};

use crate::registry::Pushed;
use crate::target::Target;

pub(crate) async fn run(target: &Target) -> Result<()> {
    let (artifacts, registry) = target.open()?;
    let mut wrong = 0;
    for artifact in &artifacts {
        match registry.compare(artifact).await {
            Ok(Pushed::Unchanged) => println!("equal: {}/{} {}", target.registry, artifact.id, artifact.digest),
            Ok(Pushed::New) => {
                wrong += 1;
                eprintln!("missing: {}/{}", target.registry, artifact.id);
            }
            Err(error) => {
                wrong += 1;
                eprintln!("different: {error:#}");
            }
        }
    }
    if wrong > 0 {
        bail!("{wrong} of {} modules of {} are not what this checkout builds", artifacts.len(), target.registry);
    }
    println!("{} modules are what this checkout builds", artifacts.len());
    Ok(())
}
