use crate::policies::prelude::*;
use crate::policies::resources::resource_rules::{Half, ResourceRules};

/// ## What it does
/// Reports every app container, native sidecar and init container without a memory limit. A limit of 0 counts as
/// missing. A pod-level limit (`spec.resources`), which all containers share, counts for each of them. Ephemeral
/// containers cannot have limits.
///
/// ## Why
/// Memory cannot be taken back from a process. A container without a limit grows until its node runs out; then the
/// kernel kills processes and the kubelet evicts pods that used no more than they requested. With a limit, a leak ends
/// where it started: only that container is killed and restarted, and `OOMKilled` says why.
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
/// The fix sets the limit to the request, which is too low for a container that relied on more: measure first. It skips
/// containers that request nothing, or 128Mi, which the fix of `missing-requests` may have written without knowing the
/// program. Limits that a LimitRange adds to the pods are not visible in a workload's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingMemoryLimit {
    /// Whether init containers need a limit. Native sidecars always do.
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
        why: "a leak exhausts the node's memory, and the kubelet evicts pods that did nothing wrong",
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
