use crate::kube::node_affinity::NodeChoice;
use crate::kube::node_labels::NODE_GROUPS;
use crate::kube::owner::is_daemon;
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports pods that may run in any group of nodes: neither `nodeSelector` nor required node affinity asks for one of the
/// labels in `keys`. Required terms are alternatives, so each of them has to ask. What is only preferred doesn't count,
/// nor does `NotIn` or `DoesNotExist`, which leave the group open. DaemonSets belong to every node and are left alone with
/// their Pods, and so are pods that name their node.
///
/// ## Why
/// Node groups (node pools, agent pools) are cut for a purpose: machines for databases, for batch work, for a tenant who
/// pays for them. A pod that doesn't say where it belongs takes whatever is free: the batch job sits on the databases'
/// nodes and keeps the autoscaler from taking them away, and the bill can't be told apart. This is a matter of taste:
/// clusters whose nodes are all alike, or kept apart by taints, don't need it.
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
    /// The labels that tell groups of nodes apart: any one of them will do. The defaults are those of EKS, eksctl,
    /// Karpenter, GKE, AKS, kOps and DigitalOcean. An empty list asks for none.
    pub keys: Vec<LabelKey>,
}

impl Default for UnpinnedNodeGroup {
    fn default() -> UnpinnedNodeGroup {
        UnpinnedNodeGroup { keys: LabelKey::all(&NODE_GROUPS) }
    }
}

/// Everything that makes pods, but what runs on every node.
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
        title: "Pods say which group of nodes they belong to",
        why: "the pod takes room in whichever group of nodes has some",
        help: "add a nodeSelector with the label of a group of nodes",
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
        out.report(choice.selector.node, "the pod may run in any group of nodes")
            .help(text!["add a nodeSelector with the label of its group, such as ", example.as_str()]);
        Ok(())
    }
}
