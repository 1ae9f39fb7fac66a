use crate::kube::owner::is_daemon;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods that run until they are stopped and that no node autoscaler may move:
///
/// - `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`, unless a DaemonSet creates the pod, which the cluster
///   autoscaler ignores;
/// - `karpenter.sh/do-not-disrupt: "true"`, and its older form `karpenter.sh/do-not-evict`, which count for DaemonSets, too.
///
/// With `localVolumes` it also reports pods with an `emptyDir` on disk or a `hostPath`, unless an annotation says that they
/// may be evicted: the cluster autoscaler's own default is to leave their nodes alone.
///
/// Jobs are not reported: an interrupted run starts again from the beginning, and ends anyway.
///
/// ## Why
/// A node with such a pod is never removed when it is empty otherwise, and never replaced when its image is outdated. The pod
/// never ends, so neither does the exception: nodes stay half empty for months, and security updates wait for somebody who
/// deletes the pod by hand. A PodDisruptionBudget keeps enough pods running without pinning any to its node.
///
/// ## What to write
/// ```yaml
/// template:
///   metadata:
///     annotations:
///       cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
/// ```
/// or no annotation, and a PodDisruptionBudget for the pods.
///
/// ## Limits
/// Annotations have an effect on pods only, so those of the workload itself are not read. Exempt a workload that can't be
/// interrupted at all, with the reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnevictablePod {
    /// Whether to report pods with local volumes, for a cluster autoscaler that runs without
    /// `--skip-nodes-with-local-storage=false`.
    pub local_volumes: bool,
}

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const SAFE_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
const KARPENTER: [&str; 2] = ["karpenter.sh/do-not-disrupt", "karpenter.sh/do-not-evict"];

impl Policy for UnevictablePod {
    const METADATA: Metadata = Metadata {
        id: "unevictable-pod",
        title: "Node autoscalers may move long-running pods",
        why: "its node is never scaled down or replaced while the pod runs",
        help: "remove the annotation, and protect the pods with a PodDisruptionBudget",
        category: Category::Disruption,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CLUSTER_AUTOSCALER_BLOCKERS, sources::KARPENTER_DISRUPTION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let daemon = is_daemon(cx.object(), cx.kind());
        let annotations = pod.metadata().get("annotations");
        let blocking = KARPENTER.into_iter().map(|key| (key, "true", "Karpenter may not disrupt the pod's node: "));
        let autoscaler = (SAFE_TO_EVICT, "false", "the cluster autoscaler may not evict the pod: ");
        for (key, value, effect) in blocking.chain((!daemon).then_some(autoscaler)) {
            if pod.annotation(key)? == Some(value) {
                let place = annotations.entry(key);
                let message = text![effect, key, " is \"", value, "\""];
                let title = text!["remove the annotation ", key];
                out.report(place, message)
                    .help(text![title, ", and protect the pods with a PodDisruptionBudget"])
                    .unsafe_fix(title, vec![Edit::remove(place)]);
            }
        }
        if self.local_volumes && !daemon && pod.annotation(SAFE_TO_EVICT)?.is_none() {
            report_local_volumes(pod, out)?;
        }
        Ok(())
    }
}

/// Reports the volumes that keep the cluster autoscaler from evicting the pod.
fn report_local_volumes(pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
    let mut accepted: Vec<&str> =
        pod.annotation(SAFE_VOLUMES)?.unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
    let mut local = Vec::new();
    for volume in pod.spec().get("volumes").items()? {
        let directory = volume.get("emptyDir");
        let on_disk = directory.exists() && directory.get("medium").str()? != Some("Memory");
        let name = volume.get("name").str()?.unwrap_or_default();
        if (on_disk || volume.get("hostPath").exists()) && !accepted.contains(&name) {
            local.push(name);
        }
    }
    if local.is_empty() {
        return Ok(());
    }
    let message =
        text!["the cluster autoscaler may not evict the pod because of its local volumes: ", local.join(", ")];
    accepted.extend(local);
    let names = accepted.join(",");
    let place = pod.metadata().get("annotations").entry(SAFE_VOLUMES);
    let title = text!["set the annotation ", SAFE_VOLUMES, " to \"", names, "\""];
    out.report(place, message)
        .severity(Severity::Low)
        .why("its node is never scaled down while the pod runs")
        .unsafe_fix(title, vec![Edit::set(place, names)]);
    Ok(())
}
