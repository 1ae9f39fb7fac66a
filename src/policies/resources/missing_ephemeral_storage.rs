use crate::kube::resources::Resources;
use crate::lookup::limit_range::LimitRanges;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every app container and native sidecar, and with `init` every init container, that has no limit for
/// `ephemeral-storage`, or neither a request nor a limit. A limit alone is enough: the API copies it into the request.
/// What a given LimitRange sets counts.
///
/// ## Why
/// Logs, files that a container writes and every `emptyDir` are on the node's disk. Without a limit one container that
/// logs an error in a loop fills it. Then the kubelet evicts pods until there is room again, and those that use more than
/// they requested go first: without a request, that is any pod that has written anything.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     ephemeral-storage: 256Mi
///   limits:
///     ephemeral-storage: 1Gi
/// ```
///
/// ## Limits
/// How much a program writes isn't visible. A container above its limit is evicted with its pod: measure first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingEphemeralStorage {
    /// Whether init containers need it, too. Native sidecars always do.
    pub init: bool,
}

impl Policy for MissingEphemeralStorage {
    const METADATA: Metadata = Metadata {
        id: "missing-ephemeral-storage",
        title: "Containers have a limit for what they write to the node's disk",
        why: "one container can fill the node's disk, and the kubelet then evicts others",
        help: "set a request and a limit for ephemeral-storage",
        category: Category::Resources,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::LOCAL_EPHEMERAL_STORAGE, sources::NODE_PRESSURE_EVICTION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let ranges = LimitRanges::of(cx)?;
        if ranges.default_limit(cx, RESOURCE).is_some() {
            return Ok(());
        }
        for container in pod.containers() {
            let is_checked = container.is_long_running() || self.init && container.role() == Role::Init;
            let resources = Resources::of_container(container)?;
            if !is_checked || resources.limit(RESOURCE)?.is_some() {
                continue;
            }
            let is_requested = resources.request(RESOURCE)?.is_some() || ranges.default_request(cx, RESOURCE).is_some();
            let (missing, help) = if is_requested {
                (" has no ephemeral-storage limit", "set resources.limits.ephemeral-storage")
            } else {
                (" has no ephemeral-storage request or limit", MissingEphemeralStorage::METADATA.help)
            };
            out.report(container.node(), text![container.title(), missing]).container(container).help(help);
        }
        Ok(())
    }
}

const RESOURCE: &str = "ephemeral-storage";
