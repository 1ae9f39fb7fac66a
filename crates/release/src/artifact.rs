//! A module as an OCI artifact: what `kwctl push` makes of it, byte for byte.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use oci_client::annotations::ORG_OPENCONTAINERS_IMAGE_SOURCE;
use oci_client::client::{Config, ImageLayer};
use oci_client::manifest::{OciImageManifest, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

use crate::layout::canonical;

/// The custom section with a policy's metadata.
const METADATA_SECTION: &str = "io.kubewarden.metadata";
/// What `cargo xtask dist` writes beside each module.
const SBOM: &str = "sbom.cdx.json";
const TITLE: &str = "io.kubewarden.policy.title";
const VERSION: &str = "io.kubewarden.policy.version";
const SOURCE: &str = "io.kubewarden.policy.source";

/// A module, ready to be pushed.
pub(crate) struct Artifact {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) layer: ImageLayer,
    pub(crate) config: Config,
    /// The manifest as it is pushed, without what would refer to other registries or times: equal modules have equal manifests.
    pub(crate) body: Vec<u8>,
    /// The digest of `body`.
    pub(crate) digest: String,
    /// Its bill of materials, which lies beside it.
    pub(crate) sbom: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Metadata {
    annotations: Option<BTreeMap<String, String>>,
}

impl Artifact {
    /// Reads a module with its metadata.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let wasm = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut artifact = Self::of_module(wasm).with_context(|| path.display().to_string())?;
        let sbom = path.with_file_name(SBOM);
        if sbom.exists() {
            artifact.sbom = Some(std::fs::read(&sbom).with_context(|| format!("cannot read {}", sbom.display()))?);
        }
        Ok(artifact)
    }

    fn of_module(wasm: Vec<u8>) -> Result<Self> {
        let section = metadata_section(&wasm)?.context("the module has no metadata")?;
        let metadata: Metadata = serde_json::from_slice(section).context("the module's metadata")?;
        let annotations = annotations(metadata.annotations.unwrap_or_default());
        let named = |name: &str| annotations.get(name).cloned().with_context(|| format!("no annotation {name}"));
        let (id, version) = (named(TITLE)?, named(VERSION)?);
        let layer = ImageLayer::new(wasm, WASM_LAYER_MEDIA_TYPE.to_owned(), None);
        let config = Config::new(b"{}".to_vec(), WASM_CONFIG_MEDIA_TYPE.to_owned(), None);
        let manifest = OciImageManifest::build(std::slice::from_ref(&layer), &config, Some(annotations));
        let body = canonical(&manifest)?;
        let digest = format!("sha256:{}", hex_digest(&body));
        Ok(Self { id, version, layer, config, body, digest, sbom: None })
    }
}

/// The modules of a folder as `cargo xtask dist` lays it out: `<id>/<version>/policy.wasm`.
pub(crate) fn read_all(dist: &Path) -> Result<Vec<Artifact>> {
    let mut paths = Vec::new();
    for policy in folders(dist)? {
        for version in folders(&policy)? {
            paths.push(version.join("policy.wasm"));
        }
    }
    paths.retain(|path| path.is_file());
    paths.sort();
    if paths.is_empty() {
        bail!("no modules in {}: run `cargo xtask dist` first", dist.display());
    }
    paths.iter().map(|path| Artifact::read(path)).collect()
}

fn folders(path: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", path.display()))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}

/// The first section of this name: the one that Kubewarden reads.
fn metadata_section(wasm: &[u8]) -> Result<Option<&[u8]>> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload.context("not a WebAssembly module")?
            && section.name() == METADATA_SECTION
        {
            return Ok(Some(section.data()));
        }
    }
    Ok(None)
}

/// The annotations of a manifest: of one line each, and the source by its general name too.
fn annotations(metadata: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut annotations: BTreeMap<String, String> = metadata
        .into_iter()
        .filter(|(_, value)| value.lines().count() <= 1)
        .map(|(name, value)| (name, value.trim().to_owned()))
        .collect();
    if let Some(source) = annotations.get(SOURCE).cloned() {
        annotations.entry(ORG_OPENCONTAINERS_IMAGE_SOURCE.to_owned()).or_insert(source);
    }
    annotations
}

/// The SHA-256 digest of bytes, in hexadecimal.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
