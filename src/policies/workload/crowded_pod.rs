use std::num::NonZeroU32;

use crate::kube::container::KNOWN_SIDECARS;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports pods with more app containers than `max`. Init containers, native sidecars and ephemeral containers don't count, nor
/// do containers named in `sidecars`: helpers that are known to belong beside an app, such as a mesh's proxy.
///
/// ## Why
/// The containers of a pod are scheduled, scaled, updated and stopped together. Two programs in one pod can't scale apart: each
/// replica of the busy one is another replica of the idle one; a new version of one restarts the other, and one that isn't
/// ready takes the pod out of every Service. The larger the pod, the harder it is to find a node with room for it.
///
/// ## What to write
/// Give programs that don't need each other's disk and localhost a Deployment each. Make helpers native sidecars, which start
/// before the app and stop after it:
/// ```yaml
/// initContainers:
///   - name: log-shipper
///     image: registry.example.com/infra/log-shipper:1.4.0
///     restartPolicy: Always
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CrowdedPod {
    /// The maximum number of app containers.
    pub max: NonZeroU32,
    /// Names of containers that don't count, as patterns with `*` and `?`.
    pub sidecars: Vec<Glob>,
}

impl Default for CrowdedPod {
    fn default() -> CrowdedPod {
        CrowdedPod {
            max: NonZeroU32::MIN.saturating_add(2),
            sidecars: KNOWN_SIDECARS.iter().map(|&name| Glob::new(name)).collect(),
        }
    }
}

impl Policy for CrowdedPod {
    const METADATA: Metadata = Metadata {
        id: "crowded-pod",
        title: "Pods have few app containers",
        why: "all containers of a pod are scaled, updated and stopped together",
        help: "give independent programs a workload each, and make helpers native sidecars",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PODS, sources::SIDECAR_CONTAINERS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let is_known = |name: &str| self.sidecars.iter().any(|sidecar| sidecar.matches(name));
        let names: Vec<&str> = pod.app_containers().map(Container::name).filter(|name| !is_known(name)).collect();
        let max = self.max.get();
        if names.len() > max as usize {
            let (count, max) = (names.len().to_string(), max.to_string());
            let message = text!["the pod has ", count, " app containers, more than ", max, ": ", names.join(", ")];
            out.report(pod.spec().get("containers"), message);
        }
        Ok(())
    }
}
