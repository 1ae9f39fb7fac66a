use std::collections::BTreeSet;

use crate::{ContextAwareResource, ModuleMetadata};

/// What the operator of a host lets a policy read. Both gates must be open to read the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// The kinds that may be listed and got.
    pub resources: BTreeSet<ContextAwareResource>,
    /// The host calls that may be made: `namespace/operation`, a prefix such as `kubernetes/*`, or `*`.
    pub capabilities: BTreeSet<String>,
}

impl Grants {
    /// Nothing: what a standalone policy-server grants by default.
    pub fn none() -> Self {
        Self::default()
    }

    /// Exactly what the module declares: calls that its metadata doesn't name are denied.
    pub fn declared_by(metadata: &ModuleMetadata) -> Self {
        Self {
            resources: metadata.context_aware_resources.clone(),
            capabilities: metadata.host_capabilities.clone().unwrap_or_default(),
        }
    }

    pub(crate) fn allows_capability(&self, path: &str) -> bool {
        self.capabilities.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some("") => true,
            Some(prefix) => prefix.ends_with('/') && path.starts_with(prefix),
            None => pattern == path,
        })
    }

    pub(crate) fn allows_resource(&self, api_version: &str, kind: &str) -> bool {
        self.resources.iter().any(|resource| resource.api_version == api_version && resource.kind == kind)
    }
}

/// How a policy is deployed: an entry of policy-server's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The name of the policy in the host's messages.
    pub id: String,
    /// What the policy may read.
    pub grants: Grants,
    /// Whether mutations are allowed. If not, a request that the policy wants to change is rejected.
    pub allowed_to_mutate: bool,
}

impl Config {
    /// Grants nothing and allows no mutation.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), grants: Grants::none(), allowed_to_mutate: false }
    }

    /// Grants and allows exactly what the metadata declares.
    pub fn declared_by(id: impl Into<String>, metadata: &ModuleMetadata) -> Self {
        Self { id: id.into(), grants: Grants::declared_by(metadata), allowed_to_mutate: metadata.mutating }
    }
}
