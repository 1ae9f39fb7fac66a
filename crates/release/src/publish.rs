//! Pushing all modules of a release.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use futures_util::stream;
use oci_client::Reference;
use serde::Serialize;

use crate::artifact::Artifact;
use crate::attestation::{self, Build};
use crate::registry::{Pushed, Registry};
use crate::target::Target;

/// How many modules are pushed at once.
const PARALLEL: usize = 4;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    build: Build,
    /// Say what would be pushed.
    #[arg(long)]
    dry_run: bool,
}

/// What became of one module.
struct Done {
    reference: Reference,
    pushed: Result<Pushed>,
    /// What refers to it, by its address, and whether it is new.
    attached: Vec<(String, &'static str, Pushed)>,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let (artifacts, registry) = args.target.open()?;
    let total = artifacts.len();
    let mut pushes = stream::iter(&artifacts).map(|artifact| one(&registry, artifact, args)).buffer_unordered(PARALLEL);
    let (mut digests, mut attestations) = (BTreeMap::new(), BTreeMap::new());
    let (mut failed, mut new, mut attached) = (0, 0, 0);
    let mut number = 0;
    while let Some(done) = pushes.next().await {
        number += 1;
        let (Done { reference, pushed, attached: beside }, digest) = done?;
        match pushed {
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
        for (address, name, pushed) in beside {
            attached += usize::from(pushed == Pushed::New);
            attestations.insert(address, name);
        }
    }
    if !args.dry_run {
        // Also after failures: what was pushed is known.
        write(&args.target.dist.join("digests.json"), &digests)?;
        write(&args.target.dist.join("attestations.json"), &attestations)?;
    }
    if failed > 0 {
        bail!("{failed} of {total} modules are not in {}; run the same command again", args.target.registry);
    }
    let word = if args.dry_run { "to push" } else { "pushed" };
    if !args.dry_run {
        println!("{attached} of {} SBOMs and provenances attached", attestations.len());
    }
    println!("{new} {word}, {} unchanged", total - new);
    Ok(())
}

/// Pushes a module, and then what refers to it.
async fn one(registry: &Registry, artifact: &Artifact, args: &Args) -> Result<(Done, String)> {
    let reference = registry.reference(artifact)?;
    let pushed = if args.dry_run { registry.compare(artifact).await } else { registry.push(artifact).await };
    let mut done = Done { reference, pushed, attached: Vec::new() };
    if done.pushed.is_ok() && !args.dry_run {
        let place = format!("{}/{}", args.target.registry, artifact.id);
        for attestation in attestation::attestations(artifact, &place, &args.build)? {
            match registry.attach(artifact, &attestation).await {
                Ok(pushed) => {
                    let address = format!("{place}@{}", attestation.descriptor.digest);
                    done.attached.push((address, attestation.name, pushed));
                }
                Err(error) => {
                    done.pushed = Err(error.context(format!("the {} of {}", attestation.name, done.reference)));
                    break;
                }
            }
        }
    }
    Ok((done, artifact.digest.clone()))
}

fn write(path: &Path, content: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(content).context("JSON")? + "\n";
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
