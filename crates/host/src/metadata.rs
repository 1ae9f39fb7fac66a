use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use crate::HostError;

/// The custom section in which a Kubewarden module carries its metadata as JSON.
pub const METADATA_SECTION: &str = "io.kubewarden.metadata";

/// The metadata of a module, as `kwctl annotate` writes it. Unknown keys are ignored, as in Kubewarden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleMetadata {
    /// `v1`.
    pub protocol_version: Option<String>,
    /// The requests that the policy checks. May be empty for raw policies.
    pub rules: Vec<Rule>,
    /// Title, version, documentation and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Whether the policy may answer with a mutated object.
    pub mutating: bool,
    /// Whether the audit scanner calls the policy.
    #[serde(default = "yes")]
    pub background_audit: bool,
    /// `kubewarden-wapc` for the modules that this host runs.
    #[serde(default = "wapc")]
    pub execution_mode: String,
    /// `kubernetes` or `raw`.
    #[serde(default = "kubernetes")]
    pub policy_type: String,
    /// The kinds that the policy lists or gets.
    #[serde(default)]
    pub context_aware_resources: BTreeSet<ContextAwareResource>,
    /// The host calls that the policy makes, such as `kubernetes/list_resources_all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_capabilities: Option<BTreeSet<String>>,
    /// The oldest Kubewarden release that the policy runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_kubewarden_version: Option<String>,
}

/// A webhook rule: the product of its four lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Groups, `""` for the core group.
    pub api_groups: Vec<String>,
    /// Versions without group.
    pub api_versions: Vec<String>,
    /// Plural names, a subresource after a slash.
    pub resources: Vec<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `*`.
    pub operations: Vec<String>,
}

/// A kind that a policy may read: exactly this version of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextAwareResource {
    /// `v1` for the core group, `group/version` for others.
    pub api_version: String,
    /// Singular kind, such as `PodDisruptionBudget`.
    pub kind: String,
}

fn yes() -> bool {
    true
}

fn wapc() -> String {
    "kubewarden-wapc".to_owned()
}

fn kubernetes() -> String {
    "kubernetes".to_owned()
}

impl ModuleMetadata {
    /// The metadata of a binary module, `None` if it has none.
    ///
    /// # Errors
    /// [`HostError::Metadata`] when the bytes are not a module or Kubewarden can't read the section.
    pub fn of_module(wasm: &[u8]) -> Result<Option<Self>, HostError> {
        custom_section(wasm, METADATA_SECTION)?.map(Self::from_section).transpose()
    }

    pub(crate) fn from_section(section: &[u8]) -> Result<Self, HostError> {
        serde_json::from_slice(section).map_err(|error| HostError::Metadata(error.to_string()))
    }
}

/// The content of the first custom section of this name, which is the one that Kubewarden reads.
///
/// # Errors
/// [`HostError::Metadata`] when the bytes are not a WebAssembly module.
pub fn custom_section<'a>(wasm: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, HostError> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| HostError::Metadata(error.to_string()))? {
            Payload::CustomSection(section) if section.name() == name => return Ok(Some(section.data())),
            _ => {}
        }
    }
    Ok(None)
}
