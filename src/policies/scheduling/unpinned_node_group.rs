use crate::kube::node_affinity::NodeChoice;
use crate::kube::node_labels::NODE_GROUPS;
use crate::kube::owner::is_daemon;
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports pods that may run in any node group: neither `nodeSelector` nor required node affinity uses one of the labels in
/// `keys`. Required terms are alternatives, so each of them has to. Preferences don't count, nor do `NotIn` and `DoesNotExist`,
/// which leave the group open. DaemonSets and their Pods, which run on every node, are not reported, nor are pods with a
/// `nodeName`.
///
/// ## Why
/// Node groups (node pools, agent pools) have a purpose: machines for databases, for batch work, for the tenant that pays for
/// them. A pod that doesn't select one takes whatever is free: the batch job sits on the databases' nodes and keeps the
/// autoscaler from removing them, and costs can't be attributed. This is a matter of taste: clusters whose nodes are all
/// alike, or kept apart by taints, don't need it.
///
/// ## What to write
/// ```yaml
/// nodeSelector:
///   eks.amazonaws.com/nodegroup: general
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnpinnedNodeGroup {
    /// The labels that identify node groups: any one of them is enough. The defaults are those of EKS, eksctl, Karpenter,
    /// GKE, AKS, kOps and DigitalOcean. An empty list requires none.
    pub keys: Vec<LabelKey>,
}

impl Default for UnpinnedNodeGroup {
    fn default() -> UnpinnedNodeGroup {
        UnpinnedNodeGroup { keys: LabelKey::all(&NODE_GROUPS) }
    }
}

/// Every kind that creates pods, except DaemonSets.
static TARGETS: &[&Kind] = &[
    &kinds::POD,
    &kinds::DEPLOYMENT,
    &kinds::REPLICA_SET,
    &kinds::STATEFUL_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::JOB,
    &kinds::CRON_JOB,
    &kinds::ROLLOUT,
];

impl Policy for UnpinnedNodeGroup {
    const METADATA: Metadata = Metadata {
        id: "unpinned-node-group",
        title: "Pods select a node group",
        why: "the pod runs in whichever node group has room",
        help: "add a nodeSelector with the label of a node group",
        category: Category::Scheduling,
        severity: Severity::Info,
        profile: Profile::Off,
        targets: TARGETS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NODE_AFFINITY, sources::WELL_KNOWN_LABELS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(example) = self.keys.first() else { return Ok(()) };
        if is_daemon(cx.object(), cx.kind()) {
            return Ok(());
        }
        let choice = NodeChoice::of(pod.spec())?;
        let wanted = |label: &str| self.keys.iter().any(|key| key.as_str() == label);
        if choice.needs_label(wanted) || pod.spec().get("nodeName").str()?.is_some_and(|name| !name.is_empty()) {
            return Ok(());
        }
        out.report(choice.selector.node, "the pod may run in any node group")
            .help(text!["add a nodeSelector with the label of its node group, such as ", example.as_str()]);
        Ok(())
    }
}
