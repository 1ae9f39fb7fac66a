//! What is said of a module: its bill of materials, and where it was built. Each is a manifest of its own that refers to the
//! module's.

use anyhow::{Result, bail};
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use serde_json::{Value, json};

use crate::artifact::{Artifact, hex_digest};
use crate::layout::{Descriptor, canonical};

const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// Something that is said of a module, ready to be pushed.
pub(crate) struct Attestation {
    /// What it is, for people.
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) blob: Vec<u8>,
    /// The manifest as it is pushed.
    pub(crate) body: Vec<u8>,
    /// How the list of what refers to the module names it.
    pub(crate) descriptor: Descriptor,
}

/// Where and of what modules are built.
#[derive(Clone, clap::Args)]
pub(crate) struct Build {
    /// The commit that the modules were built from. Without it, nothing is said about their origin.
    #[arg(long, value_name = "SHA", requires = "builder")]
    commit: Option<String>,
    /// What built them, as a URI: a workflow with its tag.
    #[arg(long, value_name = "URI", requires = "commit")]
    builder: Option<String>,
}

/// All that is known of a module. Equal modules of one commit have equal attestations: none has a date.
pub(crate) fn attestations(artifact: &Artifact, place: &str, build: &Build) -> Result<Vec<Attestation>> {
    let mut attestations = Vec::new();
    if let Some(sbom) = &artifact.sbom {
        attestations.push(attestation("SBOM", CYCLONEDX, sbom.clone(), artifact)?);
    }
    if let (Some(commit), Some(builder)) = (&build.commit, &build.builder) {
        let statement = canonical(&provenance(artifact, place, commit, builder)?)?;
        attestations.push(attestation("provenance", IN_TOTO, statement, artifact)?);
    }
    Ok(attestations)
}

/// SLSA's provenance: what was built, of what, by whom.
fn provenance(artifact: &Artifact, place: &str, commit: &str, builder: &str) -> Result<Value> {
    if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("{commit} is no full commit");
    }
    let tag = format!("refs/tags/v{}", artifact.version);
    let manifest = artifact.digest.trim_start_matches("sha256:");
    Ok(json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": place, "digest": {"sha256": manifest}},
            {"name": "policy.wasm", "digest": {"sha256": hex_digest(&artifact.layer.data)}},
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": format!("{REPOSITORY}/blob/{commit}/RELEASING.md"),
                "externalParameters": {"repository": REPOSITORY, "ref": tag, "module": artifact.id},
                "resolvedDependencies": [
                    {"uri": format!("git+{REPOSITORY}@{tag}"), "digest": {"gitCommit": commit}},
                ],
            },
            "runDetails": {"builder": {"id": builder}},
        },
    }))
}

fn attestation(
    name: &'static str,
    media_type: &'static str,
    blob: Vec<u8>,
    artifact: &Artifact,
) -> Result<Attestation> {
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE_MEDIA_TYPE,
        "artifactType": media_type,
        "config": Descriptor::of(EMPTY, EMPTY_CONFIG),
        "layers": [Descriptor::of(media_type, &blob)],
        "subject": Descriptor::of(OCI_IMAGE_MEDIA_TYPE, &artifact.body),
    });
    let body = canonical(&manifest)?;
    let mut descriptor = Descriptor::of(OCI_IMAGE_MEDIA_TYPE, &body);
    descriptor.artifact_type = Some(media_type.to_owned());
    Ok(Attestation { name, media_type, blob, body, descriptor })
}
