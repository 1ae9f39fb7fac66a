//! Pushing all modules of a release.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use futures_util::stream;

use crate::artifact::Artifact;
use crate::registry::Pushed;
use crate::target::Target;

/// How many modules are pushed at once.
const PARALLEL: usize = 4;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    target: Target,
    /// Say what would be pushed.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let (artifacts, registry) = args.target.open()?;
    let total = artifacts.len();
    let one = async |artifact: &Artifact| {
        let done = if args.dry_run { registry.compare(artifact).await } else { registry.push(artifact).await };
        (registry.reference(artifact), artifact.digest.clone(), done)
    };
    let mut pushes = stream::iter(&artifacts).map(one).buffer_unordered(PARALLEL);
    let (mut digests, mut failed, mut new) = (BTreeMap::new(), 0, 0);
    let mut number = 0;
    while let Some((reference, digest, done)) = pushes.next().await {
        number += 1;
        let reference = reference?;
        match done {
            Ok(pushed) => {
                let word = match (pushed, args.dry_run) {
                    (Pushed::Unchanged, _) => "unchanged",
                    (Pushed::New, true) => "to push",
                    (Pushed::New, false) => "pushed",
                };
                new += usize::from(pushed == Pushed::New);
                println!("{number}/{total} {word}: {reference} {digest}");
                digests.insert(reference.to_string(), digest);
            }
            Err(error) => {
                failed += 1;
                eprintln!("{number}/{total} failed: {error:#}");
            }
        }
    }
    if !args.dry_run {
        // Also after failures: what was pushed is known.
        let path = args.target.dist.join("digests.json");
        let text = serde_json::to_string_pretty(&digests).context("the digests")? + "\n";
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if failed > 0 {
        bail!("{failed} of {total} modules are not in {}; run the same command again", args.target.registry);
    }
    let word = if args.dry_run { "to push" } else { "pushed" };
    println!("{new} {word}, {} unchanged", total - new);
    Ok(())
}
