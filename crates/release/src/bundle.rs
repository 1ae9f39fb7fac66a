//! One archive with everything that a cluster without a way out needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE};

use crate::archive;
use crate::artifact::{self, Artifact, hex_digest};
use crate::layout::Layout;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder that `cargo xtask dist` made.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    dist: PathBuf,
    /// A folder to add as it is, such as a chart; may be given more than once.
    #[arg(long = "with", value_name = "FOLDER")]
    beside: Vec<PathBuf>,
    /// The archive.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// How to get the modules into a registry. It is in the archive, where it is needed.
const HOW: &str = "\
These are Plimsoll's modules in an OCI layout, for networks without a way to their registry.

  sha256sum --check SHA256SUMS
  while read -r image; do
    skopeo copy --preserve-digests \"oci:.:$image\" \"docker://REGISTRY/PREFIX/$image\"
  done < images.txt

Digests stay the same, and so do signatures that are copied with them. Then name that registry:

  plimsoll export --registry REGISTRY/PREFIX | kubectl apply -f -
  helm install plimsoll-policies plimsoll-policies --namespace kubewarden --set registry=REGISTRY/PREFIX
";

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut files = layout(&artifact::read_all(&args.dist)?)?;
    for folder in &args.beside {
        let name = folder.file_name().context("a folder to add has no name")?;
        archive::add(&mut files, Path::new(name), folder)?;
    }
    files.insert("README".to_owned(), HOW.as_bytes().to_vec());
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex_digest(bytes))).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());

    archive::write(&args.output, &files)?;
    println!("{} files in {}", files.len(), args.output.display());
    Ok(())
}

/// The files of an OCI layout: equal modules make equal layouts.
fn layout(artifacts: &[Artifact]) -> Result<BTreeMap<String, Vec<u8>>> {
    let (mut layout, mut images) = (Layout::default(), String::new());
    for artifact in artifacts {
        let name = format!("{}:v{}", artifact.id, artifact.version);
        for (media_type, bytes) in
            [(WASM_LAYER_MEDIA_TYPE, &artifact.layer.data[..]), (WASM_CONFIG_MEDIA_TYPE, &artifact.config.data[..])]
        {
            layout.add(media_type, bytes.to_vec());
        }
        let manifest = layout.add(OCI_IMAGE_MEDIA_TYPE, artifact.body.clone());
        layout.name(&name, manifest);
        images += &name;
        images.push('\n');
    }
    let mut files = layout.into_files()?;
    files.insert("images.txt".to_owned(), images.into_bytes());
    Ok(files)
}
