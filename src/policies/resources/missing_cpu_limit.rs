use crate::policies::prelude::*;
use crate::policies::resources::resource_rules::{Half, ResourceRules};

/// ## What it does
/// Reports every app container, native sidecar and init container without a CPU limit. A limit of 0 counts as missing.
/// A pod-level limit (`spec.resources`), which all containers share, counts for each of them. Ephemeral containers
/// cannot have limits.
///
/// ## Why
/// Without a limit, a container uses whatever CPU its node has to spare. Its speed then depends on its neighbors: a
/// load test on an empty node promises what a full one can't deliver. The pod is also never `Guaranteed`, which the
/// static CPU manager requires and which is evicted last.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 500m
///   limits:
///     cpu: 500m
/// ```
///
/// ## Limits
/// A CPU limit throttles even when the node is idle; many teams deliberately omit it and request enough instead. Enable
/// this policy where predictable behavior matters more than spare CPU. The fix sets the limit to the request. It skips
/// containers that request nothing, or 100m, which the fix of `missing-requests` may have written. Limits that a
/// LimitRange adds to the pods are not visible in a workload's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingCpuLimit {
    /// Whether init containers need a limit. Native sidecars always do.
    pub init: bool,
}

impl Default for MissingCpuLimit {
    fn default() -> MissingCpuLimit {
        MissingCpuLimit { init: true }
    }
}

impl Policy for MissingCpuLimit {
    const METADATA: Metadata = Metadata {
        id: "missing-cpu-limit",
        title: "Containers have a CPU limit",
        why: "one busy container uses all the idle CPU of its node, and no two nodes behave alike",
        help: "set resources.limits.cpu",
        category: Category::Resources,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::QUALITY_OF_SERVICE],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        ResourceRules { half: Half::Limits, resources: &["cpu"], init: self.init }.check(cx, out)
    }
}
