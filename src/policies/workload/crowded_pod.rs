use std::num::NonZeroU32;

use crate::kube::container::KNOWN_SIDECARS;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports pods with more app containers than `max`. Init containers, native sidecars and ephemeral containers don't
/// count, nor do containers with a name in `sidecars`: helpers that are known to belong beside an app, such as a mesh's
/// proxy.
///
/// ## Why
/// The containers of a pod are placed, scaled, updated and stopped together. Two programs in one pod can't grow apart:
/// one more of the busy one is one more of the idle one; a new version of one restarts the other, and one that isn't ready
/// takes the pod out of every Service. The larger the pod, the harder it is to find a node with room for it.
///
/// ## What to write
/// Programs that can do without each other's disk and localhost get a Deployment each. A helper becomes a native sidecar,
/// which starts before the app and stops after it:
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
    /// How many app containers a pod may have.
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
        title: "A pod has few app containers",
        why: "all containers of a pod are scaled, updated and stopped together",
        help: "give programs that can stand alone a workload each, and make helpers native sidecars",
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
