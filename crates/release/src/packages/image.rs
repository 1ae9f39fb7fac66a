//! Images from scratch, as archives of an OCI layout: nothing in them but the program, or the page.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use serde_json::{Map, Value, json};

use super::{Binary, DESCRIPTION, LICENSE, REPOSITORY, VERSION};
use crate::archive::{self, Entry, gzip, tar};
use crate::artifact::hex_digest;
use crate::layout::{Descriptor, INDEX, Layout, canonical, index};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// The part of a configuration that says how to run the image.
type Settings = Map<String, Value>;
/// Nobody in particular: nothing in the image belongs to it.
const USER: &str = "65532:65532";
/// The page's files are the same everywhere.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// The image of the command, for each architecture of Linux.
pub(crate) fn command(path: &Path, binaries: &[Binary]) -> Result<()> {
    let settings = [("Entrypoint", json!(["/plimsoll"])), ("User", USER.into()), ("WorkingDir", "/work".into())];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let mut layout = Layout::default();
    let mut images = Vec::new();
    for binary in binaries.iter().filter(|binary| binary.target.os == "linux") {
        let files = [
            Entry::file("LICENSE", &binary.license),
            Entry::program("plimsoll", &binary.program),
            // What is unpacked on the way, such as a chart.
            Entry::folder("tmp/", 0o1777),
            Entry::folder("work/", 0o755),
        ];
        images.push(image(&mut layout, &tar(files, Vec::new())?, binary.target.arch, &settings, DESCRIPTION)?);
    }
    finish(path, layout, &images, DESCRIPTION)
}

/// The image of the page: files to be mounted as an image volume, or copied into an image with a web server.
pub(crate) fn page(path: &Path, folder: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    archive::add(&mut files, Path::new(""), folder)?;
    let layer = tar(files.iter().map(|(name, bytes)| Entry::file(name, bytes)), Vec::new())?;
    let mut layout = Layout::default();
    let description = "Plimsoll's playground: the files of the page, for a web server";
    let settings = Settings::from_iter([("User".to_owned(), USER.into())]);
    let images = ARCHITECTURES.map(|arch| image(&mut layout, &layer, arch, &settings, description));
    finish(path, layout, &images.into_iter().collect::<Result<Vec<_>>>()?, description)
}

/// Adds an image of one layer.
fn image(layout: &mut Layout, tar: &[u8], arch: &str, settings: &Settings, description: &str) -> Result<Descriptor> {
    let annotations = annotations(description);
    let mut settings = settings.clone();
    settings.insert("Labels".to_owned(), annotations.clone());
    let config = json!({
        "architecture": arch,
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", hex_digest(tar))]},
    });
    let layer = layout.add(LAYER, gzip(tar)?);
    let config = layout.add(CONFIG, canonical(&config)?);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE_MEDIA_TYPE,
        "config": config,
        "layers": [layer],
        "annotations": annotations,
    });
    let mut manifest = layout.add(OCI_IMAGE_MEDIA_TYPE, canonical(&manifest)?);
    manifest.platform = Some(json!({"architecture": arch, "os": "linux"}));
    Ok(manifest)
}

/// Under one name: a client takes the image for its architecture.
fn finish(path: &Path, mut layout: Layout, images: &[Descriptor], description: &str) -> Result<()> {
    let mut index = index(images);
    if let Value::Object(index) = &mut index {
        index.insert("annotations".to_owned(), annotations(description));
    }
    let index = layout.add(INDEX, canonical(&index)?);
    layout.name(&format!("v{VERSION}"), index);
    archive::write(path, &layout.into_files()?)
}

/// What registries and scanners show of an image.
fn annotations(description: &str) -> Value {
    json!({
        "org.opencontainers.image.title": "plimsoll",
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.version": VERSION,
        "org.opencontainers.image.source": REPOSITORY,
        "org.opencontainers.image.licenses": LICENSE,
    })
}
