use crate::kube::node_affinity::NodeChoice;
use crate::kube::node_labels::{INSTANCE_TYPES, NODE_GROUPS};
use crate::kube::workload::{REPLICATED, Workload};
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports workloads whose pods may run on different types of machines: neither `nodeSelector` nor node affinity uses one of
/// the labels in `keys`, which are those of instance types, machine families and node groups. DaemonSets, Jobs and bare Pods
/// are not reported: their pods don't share one load.
///
/// ## Why
/// A load balancer gives every pod the same share, and the autoscaler looks at their average. Half a core of an old machine
/// does less than half a core of a new one: on mixed nodes, with the same requests, one pod is throttled while its neighbour
/// idles, the average looks fine, latency depends on where a request lands, and a load test only describes the nodes it ran on.
/// This is a matter of taste: if all nodes are alike, there is nothing to keep apart.
///
/// ## What to write
/// ```yaml
/// affinity:
///   nodeAffinity:
///     requiredDuringSchedulingIgnoredDuringExecution:
///       nodeSelectorTerms:
///         - matchExpressions:
///             - key: node.kubernetes.io/instance-type
///               operator: In
///               values: [m7g.xlarge, m7g.2xlarge]
/// ```
/// Types of the same family are alike enough. List more than one, so that a shortage of one type doesn't leave pods Pending.
///
/// ## Limits
/// Whether the listed values are alike isn't checked. A node group is assumed to have one type of machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MixedNodeTypes {
    /// The labels that distinguish types of machines: any one of them is enough. The defaults are instance types, machine
    /// families, and the node groups of EKS, eksctl, Karpenter, GKE, AKS, kOps and DigitalOcean. An empty list requires
    /// none.
    pub keys: Vec<LabelKey>,
    /// Whether a preference is enough; it only holds while such nodes have room.
    pub accept_preferred: bool,
}

impl Default for MixedNodeTypes {
    fn default() -> MixedNodeTypes {
        let keys = INSTANCE_TYPES.iter().chain(&NODE_GROUPS).copied().collect::<Vec<_>>();
        MixedNodeTypes { keys: LabelKey::all(&keys), accept_preferred: true }
    }
}

impl Policy for MixedNodeTypes {
    const METADATA: Metadata = Metadata {
        id: "mixed-node-types",
        title: "Pods of a workload run on one type of node",
        why: "pods on slower nodes are throttled while the average that the autoscaler sees looks fine",
        help: "add node affinity for the instance type or the node group",
        category: Category::Scheduling,
        severity: Severity::Info,
        profile: Profile::Off,
        targets: REPLICATED,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NODE_AFFINITY, sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // A Deployment's ReplicaSet is reported at the Deployment.
        if Workload::of(cx.object(), cx.kind()).is_none() {
            return Ok(());
        }
        let Some(example) = self.keys.first() else { return Ok(()) };
        let choice = NodeChoice::of(pod.spec())?;
        let wanted = |label: &str| self.keys.iter().any(|key| key.as_str() == label);
        if choice.needs_label(wanted) || self.accept_preferred && choice.prefers_label(wanted) {
            return Ok(());
        }
        let affinity = pod.spec().get("affinity").get("nodeAffinity");
        out.report(affinity, "the pods may run on nodes of different types")
            .help(text!["add node affinity for a label such as ", example.as_str()]);
        Ok(())
    }
}
