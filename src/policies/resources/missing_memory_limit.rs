use crate::policies::prelude::*;
use crate::policies::resources::resource_rules::{Half, ResourceRules};

/// ## What it does
/// Reports every app container, native sidecar and init container without a memory limit. A limit of 0 is none. A limit
/// of the pod as a whole (`spec.resources`), which all its containers share, counts for each of them. Ephemeral containers
/// cannot have limits.
///
/// ## Why
/// Memory cannot be taken back from a process. A container without a limit grows until its node has none left; then the
/// kernel kills processes and the kubelet evicts pods, whose own use was what they had asked for. With a limit the leak
/// ends where it began: that container alone is killed and started again, and `OOMKilled` says why.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     memory: 256Mi
///   limits:
///     memory: 256Mi
/// ```
///
/// ## Limits
/// The fix makes the request the limit, which is too little for whoever relied on more: measure first. It leaves containers
/// alone that request nothing, or 128Mi: that may be what the fix of `missing-requests` wrote, without knowing the program.
/// Limits that a LimitRange of the cluster would add to the pods are not seen in a workload's
/// template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingMemoryLimit {
    /// Whether init containers need a limit, too. Native sidecars always do.
    pub init: bool,
}

impl Default for MissingMemoryLimit {
    fn default() -> MissingMemoryLimit {
        MissingMemoryLimit { init: true }
    }
}

impl Policy for MissingMemoryLimit {
    const METADATA: Metadata = Metadata {
        id: "missing-memory-limit",
        title: "Containers have a memory limit",
        why: "a leak takes the node's memory, and the kubelet evicts pods that did nothing wrong",
        help: "set resources.limits.memory",
        category: Category::Resources,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::NODE_PRESSURE_EVICTION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        ResourceRules { half: Half::Limits, resources: &["memory"], init: self.init }.check(cx, out)
    }
}
