//! An OCI layout: blobs by their digests, and an index of what has a name.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use olpc_cjson::CanonicalFormatter;
use serde::Serialize;
use serde_json::{Serializer, Value, json};

use crate::artifact::hex_digest;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The annotation that gives a manifest its name in a layout.
const NAME: &str = "org.opencontainers.image.ref.name";

/// What names a blob or a manifest by its digest.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", hex_digest(bytes)),
            size: bytes.len(),
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// Equal values have equal bytes.
pub(crate) fn canonical(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, CanonicalFormatter::new());
    value.serialize(&mut serializer).context("canonical JSON")?;
    Ok(bytes)
}

/// The files of a layout, as they come together.
#[derive(Default)]
pub(crate) struct Layout {
    files: BTreeMap<String, Vec<u8>>,
    named: Vec<Descriptor>,
}

impl Layout {
    /// Adds a blob or a manifest.
    pub(crate) fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Descriptor {
        let descriptor = Descriptor::of(media_type, &bytes);
        self.files.insert(format!("blobs/{}", descriptor.digest.replacen(':', "/", 1)), bytes);
        descriptor
    }

    /// Gives a manifest its name in the layout.
    pub(crate) fn name(&mut self, name: &str, mut manifest: Descriptor) {
        manifest.annotations.insert(NAME.to_owned(), name.to_owned());
        self.named.push(manifest);
    }

    /// All names with their digests, in the order in which they were given.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named
            .iter()
            .filter_map(|manifest| Some((manifest.annotations.get(NAME)?.as_str(), manifest.digest.as_str())))
    }

    pub(crate) fn into_files(mut self) -> Result<BTreeMap<String, Vec<u8>>> {
        let index = canonical(&index(&self.named))?;
        self.files.insert("index.json".to_owned(), index);
        self.files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
        Ok(self.files)
    }
}

/// An index of manifests.
pub(crate) fn index(manifests: &[Descriptor]) -> Value {
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
}
