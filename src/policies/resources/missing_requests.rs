use crate::policies::prelude::*;
use crate::policies::resources::resource_rules::{Half, ResourceRules};
use crate::settings::ResourceName;

/// ## What it does
/// Reports every app container, native sidecar and init container that requests no CPU or no memory, once per
/// container. A request of 0 counts as missing. A limit without a request is enough, because the API copies it into the
/// request; so is a pod-level request or limit (`spec.resources`). Ephemeral containers cannot have requests.
/// Init containers are reported with severity `low`: they run before the app containers, within what these request.
///
/// ## Why
/// The scheduler places pods by their requests alone. A container without one is placed as if it needed nothing: its
/// node gets overcommitted, CPU is shared in proportion to requests so that this container gets next to none, and when
/// memory runs short the pod is evicted before others. An autoscaler that targets utilization can't compute it without
/// requests.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 100m
///     memory: 128Mi
/// ```
///
/// ## Limits
/// The amounts that the fix writes are a starting point, not a measurement. Requests that a given LimitRange sets
/// count; others are not visible in a workload's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingRequests {
    /// The resources that containers must request.
    pub resources: Vec<ResourceName>,
    /// Whether init containers need requests. Native sidecars always do.
    pub init: bool,
}

impl Default for MissingRequests {
    fn default() -> MissingRequests {
        MissingRequests { resources: vec![ResourceName::cpu(), ResourceName::memory()], init: true }
    }
}

impl Policy for MissingRequests {
    const METADATA: Metadata = Metadata {
        id: "missing-requests",
        title: "Containers request CPU and memory",
        why: "the scheduler places the pod as if it needed nothing, and it starves or is evicted first",
        help: "set CPU and memory requests",
        category: Category::Resources,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::QUALITY_OF_SERVICE],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let resources: Vec<&str> = self.resources.iter().map(ResourceName::as_str).collect();
        ResourceRules { half: Half::Requests, resources: &resources, init: self.init }.check(cx, out)
    }
}
