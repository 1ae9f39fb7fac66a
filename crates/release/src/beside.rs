//! What lies beside a module in a registry: what refers to it (bills of materials, provenance, signatures), what refers to that
//! in turn, and the older form of its signature, which has a tag.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciImageManifest};

use crate::artifact::Artifact;
use crate::attestation::{Attestation, EMPTY, EMPTY_CONFIG};
use crate::layout::{Descriptor, INDEX, Layout, canonical, index};
use crate::registry::Registry;

/// How a manifest is found.
enum Place {
    /// In the list of what refers to the manifest with this digest.
    Refers(String),
    /// Under this tag.
    Tag(String),
}

/// A manifest with its blobs.
pub(crate) struct Beside {
    place: Place,
    descriptor: Descriptor,
    body: Vec<u8>,
    /// Each with its media type.
    blobs: Vec<(String, Vec<u8>)>,
}

impl Beside {
    /// What is said of a module here.
    pub(crate) fn new(artifact: &Artifact, attestation: Attestation) -> Self {
        let Attestation { media_type, blob, body, descriptor, .. } = attestation;
        let blobs = vec![(media_type.to_owned(), blob), (EMPTY.to_owned(), EMPTY_CONFIG.to_vec())];
        Self { place: Place::Refers(artifact.digest.clone()), descriptor, body, blobs }
    }

    /// Reads a manifest and its blobs.
    async fn pull(registry: &Registry, artifact: &Artifact, body: Vec<u8>, place: Place) -> Result<Self> {
        let manifest: OciImageManifest = serde_json::from_slice(&body).context("no manifest of an image")?;
        let mut blobs = Vec::new();
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            blobs.push((blob.media_type.clone(), registry.blob(artifact, &blob.digest).await?));
        }
        // As OCI's specification has them in a list.
        let mut descriptor = Descriptor::of(OCI_IMAGE_MEDIA_TYPE, &body);
        descriptor.artifact_type = Some(manifest.artifact_type.unwrap_or(manifest.config.media_type));
        descriptor.annotations = manifest.annotations.unwrap_or_default();
        Ok(Self { place, descriptor, body, blobs })
    }
}

/// All that a registry has beside a module.
pub(crate) async fn pull(registry: &Registry, artifact: &Artifact) -> Result<Vec<Beside>> {
    let mut found = Vec::new();
    let mut signed = vec![artifact.digest.clone()];
    let mut known = BTreeSet::new();
    while let Some(subject) = signed.pop() {
        for digest in registry.referrers(artifact, &subject).await? {
            if known.insert(digest.clone()) {
                let body = registry.manifest(artifact, &digest, OCI_IMAGE_MEDIA_TYPE).await?;
                let body = body.with_context(|| format!("{digest} refers to {subject}, and is not there"))?;
                let place = Place::Refers(subject.clone());
                let read = Beside::pull(registry, artifact, body, place).await;
                found.push(read.with_context(|| format!("{digest}, which refers to {subject}"))?);
                signed.push(digest);
            }
        }
    }
    let tag = format!("{}.sig", list(&artifact.digest));
    if let Some(body) = registry.manifest(artifact, &tag, OCI_IMAGE_MEDIA_TYPE).await? {
        found.push(Beside::pull(registry, artifact, body, Place::Tag(tag)).await?);
    }
    Ok(found)
}

/// Adds what lies beside a module to a layout: its lists have the tags that clients look for where a registry has none of its own.
pub(crate) fn add(layout: &mut Layout, artifact: &Artifact, beside: Vec<Beside>) -> Result<()> {
    let mut lists: BTreeMap<String, Vec<Descriptor>> = BTreeMap::new();
    for Beside { place, descriptor, body, blobs } in beside {
        for (media_type, blob) in blobs {
            layout.add(&media_type, blob);
        }
        layout.add(OCI_IMAGE_MEDIA_TYPE, body);
        match place {
            Place::Refers(subject) => lists.entry(subject).or_default().push(descriptor),
            Place::Tag(tag) => layout.name(&format!("{}:{tag}", artifact.id), descriptor),
        }
    }
    for (subject, mut manifests) in lists {
        manifests.sort_by(|one, other| one.digest.cmp(&other.digest));
        let manifest = layout.add(INDEX, canonical(&index(&manifests))?);
        layout.name(&format!("{}:{}", artifact.id, list(&subject)), manifest);
    }
    Ok(())
}

/// The tag of the list of what refers to a manifest.
pub(crate) fn list(digest: &str) -> String {
    digest.replacen(':', "-", 1)
}
