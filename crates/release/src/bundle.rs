//! One archive with everything that a cluster without a way out needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE};

use crate::archive;
use crate::artifact::{self, Artifact, hex_digest};
use crate::attestation::{self, Build};
use crate::beside::{self, Beside};
use crate::layout::Layout;
use crate::registry::{Pushed, Registry};

/// How many modules are read at once.
const PARALLEL: usize = 4;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder that `cargo xtask dist` made.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    dist: PathBuf,
    /// Where the modules were published: all that refers to them there is added, signatures too. Without it: what `publish` would
    /// push with them.
    #[arg(long, value_name = "HOST/PREFIX")]
    registry: Option<String>,
    #[command(flatten)]
    build: Build,
    /// A folder to add as it is, such as a chart; may be given more than once.
    #[arg(long = "with", value_name = "FOLDER")]
    beside: Vec<PathBuf>,
    /// The archive.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// How to get the modules into a registry. It is in the archive, where it is needed.
const HOW: &str = "\
These are Plimsoll's modules in an OCI layout, for networks without a way to their registry. Beside each is what refers to it:
what it is made of (CycloneDX), where it was built (SLSA) and, if the modules were signed, signatures.

  sha256sum --check SHA256SUMS
  sh load.sh REGISTRY/PREFIX

It copies with oras or skopeo. Digests stay the same, so that signatures hold there, too: `oras discover` and `cosign verify` find
them at the new address. Then name that registry:

  plimsoll export --registry REGISTRY/PREFIX | kubectl apply -f -
  helm install plimsoll-policies plimsoll-policies --namespace kubewarden --set registry=REGISTRY/PREFIX
";
const LOAD: &str = include_str!("../templates/load.sh");

pub(crate) async fn run(args: &Args) -> Result<()> {
    let artifacts = artifact::read_all(&args.dist)?;
    let registry = args.registry.as_deref().map(Registry::new).transpose()?;
    let beside = stream::iter(&artifacts).map(|artifact| said_of(artifact, registry.as_ref(), &args.build));
    // In their order: equal modules make equal archives.
    let beside: Vec<Vec<Beside>> = beside.buffered(PARALLEL).try_collect().await?;
    let manifests: usize = beside.iter().map(Vec::len).sum();
    let mut files = layout(artifacts.iter().zip(beside))?;
    for folder in &args.beside {
        let name = folder.file_name().context("a folder to add has no name")?;
        archive::add(&mut files, Path::new(name), folder)?;
    }
    files.insert("README".to_owned(), HOW.as_bytes().to_vec());
    files.insert("load.sh".to_owned(), LOAD.as_bytes().to_vec());
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex_digest(bytes))).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());

    archive::write(&args.output, &files)?;
    println!(
        "{} modules and {manifests} manifests beside them in {} files of {}",
        artifacts.len(),
        files.len(),
        args.output.display()
    );
    Ok(())
}

/// What a registry has beside a module, or else what would be pushed there.
async fn said_of(artifact: &Artifact, registry: Option<&Registry>, build: &Build) -> Result<Vec<Beside>> {
    let Some(registry) = registry else {
        let made = attestation::attestations(artifact, &artifact.id, build)?;
        return Ok(made.into_iter().map(|attestation| Beside::new(artifact, attestation)).collect());
    };
    let there = registry.compare(artifact).await?;
    ensure!(there == Pushed::Unchanged, "{} is not there: publish it first", registry.reference(artifact)?);
    beside::pull(registry, artifact).await
}

/// The files of an OCI layout.
fn layout<'a>(modules: impl Iterator<Item = (&'a Artifact, Vec<Beside>)>) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut layout = Layout::default();
    for (artifact, beside) in modules {
        let name = format!("{}:v{}", artifact.id, artifact.version);
        for (media_type, bytes) in
            [(WASM_LAYER_MEDIA_TYPE, &artifact.layer.data[..]), (WASM_CONFIG_MEDIA_TYPE, &artifact.config.data[..])]
        {
            layout.add(media_type, bytes.to_vec());
        }
        let manifest = layout.add(OCI_IMAGE_MEDIA_TYPE, artifact.body.clone());
        layout.name(&name, manifest);
        beside::add(&mut layout, artifact, beside)?;
    }
    let images: String = layout.named().map(|(name, digest)| format!("{name} {digest}\n")).collect();
    let mut files = layout.into_files()?;
    files.insert("images.txt".to_owned(), images.into_bytes());
    Ok(files)
}
