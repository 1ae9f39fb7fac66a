use crate::kube::autoscaler::Autoscaler;
use crate::kube::exclusive::Exclusive;
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::exclusive::{SingleClaim, single_claim};
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments whose pods mount a PersistentVolumeClaim that only one node (`ReadWriteOnce`) or one pod
/// (`ReadWriteOncePod`) can have:
///
/// - with two or more pods, or an autoscaler that may add a second one;
/// - with one pod and a rolling update that starts the new pod before the old one is removed, as it does by default.
///
/// Not reported are pods that `nodeName`, a `nodeSelector` for `kubernetes.io/hostname` or a required affinity keeps on one node,
/// unless the claim is for one pod only. StatefulSets are a matter of `shared-stateful-storage`.
///
/// ## Why
/// A pod on another node stays in `ContainerCreating` until the volume is detached from the first one. During a rolling update
/// that never happens: the old pod is removed once the new one is ready, and the new one starts once the old one is removed. It
/// works for months, as long as both happen to be on the same node.
///
/// ## What to write
/// ```yaml
/// spec:
///   replicas: 1
///   strategy:
///     type: Recreate
/// ```
/// For several pods, let each have a claim of its own, from the `volumeClaimTemplates` of a StatefulSet, or use a claim with
/// `ReadWriteMany`.
///
/// ## Limits
/// The claim has to be known: among files, include it. There is only a fix for one pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ExclusiveVolume {}

impl Policy for ExclusiveVolume {
    const METADATA: Metadata = Metadata {
        id: "exclusive-volume",
        title: "Pods don't wait for each other's volume",
        why: "a pod on another node waits for the volume until the first one is gone",
        help: "set the strategy's type to Recreate and replicas to 1, or use a volume that many nodes can mount",
        category: Category::Storage,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::DEPLOYMENT],
        needs: &[&kinds::PERSISTENT_VOLUME_CLAIM, &kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ACCESS_MODES, sources::RECREATE],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let (Some(workload), Some(pod)) = (Workload::of(cx.object(), cx.kind()), cx.pod()?) else { return Ok(()) };
        if is_run_by_rollout(cx)? {
            return Ok(());
        }
        let Some(claim) = single_claim(cx, pod)? else { return Ok(()) };
        if !claim.one_pod && stays_on_one_node(pod)? {
            return Ok(());
        }
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) => None,
            answer => Some(answer?),
        };
        let most = expected.as_ref().map_or(1, |expected| expected.most);
        let root = cx.node(&claim.found);
        let related = || {
            let modes = root.get("spec").get("accessModes");
            Related::to(claim.found.kind, modes, root, "the access modes of the claim")
        };
        if most >= 2 {
            let message = text![start(&claim), ", but there are up to ", most.to_string(), " pods"];
            let help = "run one pod with the strategy Recreate, give each pod a claim of its own with a StatefulSet, or use \
                        ReadWriteMany";
            let finding = out.report(claim.place, message).help(help).related(related());
            if let Some(found) = expected.and_then(|expected| expected.autoscaler)
                && let Some(autoscaler) = Autoscaler::of(cx.node(&found), found.kind)
            {
                let message = text![autoscaler.max_field(), ": ", most.to_string()];
                finding.related(Related::to(found.kind, autoscaler.max_node(), autoscaler.object(), message));
            }
            return Ok(());
        }
        let Some(update) = RollingUpdate::of(cx.object())?.filter(|_| most == 1) else { return Ok(()) };
        if update.unavailable(1) > 0 {
            return Ok(());
        }
        let message = text![start(&claim), ", but a rolling update starts the new pod before the old one is removed"];
        let finding = out.report(claim.place, message).related(related());
        // Whatever else keeps a second pod away is a reason for Recreate, too.
        let reason = Exclusive::of(&workload, pod, cx.namespace())?;
        let title = "set strategy.type to Recreate";
        let alone = matches!(
            reason,
            Some(
                Exclusive::SharedClaim
                    | Exclusive::DataStore
                    | Exclusive::Device
                    | Exclusive::HostPort
                    | Exclusive::Singleton
            )
        );
        if alone {
            let strategy = cx.spec().get("strategy");
            let mut edits = vec![Edit::set(strategy.get("type"), "Recreate")];
            if strategy.get("rollingUpdate").exists() {
                edits.push(Edit::remove(strategy.get("rollingUpdate")));
            }
            finding.unsafe_fix(title, edits);
        } else {
            finding.help(title);
        }
        Ok(())
    }
}

fn start(claim: &SingleClaim<'_>) -> String {
    let one = if claim.one_pod { " can be mounted by one pod only" } else { " can be mounted on one node only" };
    text!["claim \"", claim.found.name(), "\"", one]
}

/// True when all pods run on one node.
fn stays_on_one_node(pod: &Pod<'_>) -> Result<bool, Malformed> {
    const HOSTNAME: &str = "kubernetes.io/hostname";
    let spec = pod.spec();
    let selected = spec.get("nodeName").exists() || spec.get("nodeSelector").entry(HOSTNAME).exists();
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let affinity = spec.get("affinity");
    for term in affinity.get("podAffinity").get(required).items()? {
        if term.get("topologyKey").str()? == Some(HOSTNAME) {
            return Ok(true);
        }
    }
    for term in affinity.get("nodeAffinity").get(required).get("nodeSelectorTerms").items()? {
        for expression in term.get("matchExpressions").items()? {
            if expression.get("key").str()? == Some(HOSTNAME) && expression.get("values").items()?.len() == 1 {
                return Ok(true);
            }
        }
    }
    Ok(selected)
}
