//! One archive with everything that a cluster without a way out needs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use serde_json::json;
use tar::{Builder, EntryType, Header};

use crate::artifact::{self, Artifact, hex_digest};

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
        add(&mut files, Path::new(name), folder)?;
    }
    files.insert("README".to_owned(), HOW.as_bytes().to_vec());
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex_digest(bytes))).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());

    let folder = args.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = || args.output.display().to_string();
    let temporary = args.output.with_extension("part");
    std::fs::create_dir_all(folder).with_context(place)?;
    let written = write(&temporary, &files).with_context(place);
    if written.is_err() {
        // Half an archive is worse than none.
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    std::fs::rename(&temporary, &args.output).with_context(place)?;
    println!("{} files in {}", files.len(), args.output.display());
    Ok(())
}

/// The files of an OCI layout: equal modules make equal layouts.
fn layout(artifacts: &[Artifact]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let (mut manifests, mut images) = (Vec::new(), String::new());
    for artifact in artifacts {
        let name = format!("{}:v{}", artifact.id, artifact.version);
        manifests.push(json!({
            "mediaType": OCI_IMAGE_MEDIA_TYPE,
            "digest": artifact.digest,
            "size": artifact.body.len(),
            "annotations": {"org.opencontainers.image.ref.name": name},
        }));
        images += &name;
        images.push('\n');
        for bytes in [&artifact.body[..], &artifact.layer.data[..], &artifact.config.data[..]] {
            files.insert(format!("blobs/sha256/{}", hex_digest(bytes)), bytes.to_vec());
        }
    }
    let index =
        json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests});
    files.insert("index.json".to_owned(), serde_json::to_vec(&index).context("the index")?);
    files.insert("oci-layout".to_owned(), json!({"imageLayoutVersion": "1.0.0"}).to_string().into_bytes());
    files.insert("images.txt".to_owned(), images.into_bytes());
    Ok(files)
}

/// Adds the files below a folder.
fn add(files: &mut BTreeMap<String, Vec<u8>>, name: &Path, folder: &Path) -> Result<()> {
    let place = || format!("cannot read {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(place)? {
        let entry = entry.with_context(place)?;
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if path.is_dir() {
            add(files, &name, &path)?;
        } else {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(name.to_str().context("a file's name is not UTF-8")?.to_owned(), bytes);
        }
    }
    Ok(())
}

/// Without dates and owners: the same files make the same archive.
fn write(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut archive = Builder::new(BufWriter::new(File::create(path)?));
    for (name, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, &bytes[..])?;
    }
    let mut file = archive.into_inner()?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(())
}
