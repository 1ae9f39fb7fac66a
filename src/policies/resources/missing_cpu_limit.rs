use crate::policies::prelude::*;
use crate::policies::resources::resource_rules::{Half, ResourceRules};

/// ## What it does
/// Reports every app container, native sidecar and init container without a cpu limit. A limit of 0 is none. A limit of
/// the pod as a whole (`spec.resources`), which all its containers share, counts for each of them. Ephemeral containers
/// cannot have limits.
///
/// ## Why
/// Without a limit a container takes whatever cpu its node has to spare. How fast it is then depends on its neighbours: a
/// load test on an empty node promises what a full one can't keep, and the pod is never of the class `Guaranteed`, which
/// a static cpu manager asks for and which is evicted last.
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
/// A cpu limit throttles, also while the node is idle; many teams do without one on purpose and request enough instead.
/// Switch this policy on where steady behaviour counts for more than spare cpu. The fix makes the request the limit, and
/// leaves containers alone that request nothing, or 100m: that may be what the fix of `missing-requests` wrote. Limits that a LimitRange of the cluster would add to the pods are not
/// seen in a workload's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingCpuLimit {
    /// Whether init containers need a limit, too. Native sidecars always do.
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
        title: "Containers have a cpu limit",
        why: "one busy container takes all the idle cpu of its node, and no two nodes behave alike",
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
