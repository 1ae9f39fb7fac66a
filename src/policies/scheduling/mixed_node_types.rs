use crate::kube::node_affinity::NodeChoice;
use crate::kube::node_labels::{INSTANCE_TYPES, NODE_GROUPS};
use crate::kube::workload::{REPLICATED, Workload};
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports workloads of like pods that neither `nodeSelector` nor node affinity keeps on one type of machine: nothing
/// asks for one of the labels in `keys`, which are those of instance types, machine families and groups of nodes.
/// DaemonSets, Jobs and bare Pods are left alone: their pods don't share one load.
///
/// ## Why
/// A load balancer gives every pod the same share, and the autoscaler looks at their average. Half a core of an old
/// machine does less than half a core of a new one: on mixed nodes the same requests make one pod throttle and its
/// neighbour idle, the average looks well, latency depends on where a request lands, and a load test says something only
/// about the nodes it met. This is a matter of taste: where the nodes are all alike, there is nothing to keep apart.
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
/// Types of the same family are alike enough. Name more than one, or a shortage of that one becomes yours.
///
/// ## Limits
/// Whether the values that are named are alike isn't checked. A group of nodes is taken to be of one type.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MixedNodeTypes {
    /// The labels that tell types of machines apart: any one of them will do. The defaults are instance types, machine
    /// families, and the node groups of EKS, eksctl, Karpenter, GKE, AKS, kOps and DigitalOcean. An empty list asks for
    /// none.
    pub keys: Vec<LabelKey>,
    /// Whether a preference is enough, which keeps pods together only while there is room.
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
        title: "Pods that share a load run on one type of node",
        why: "pods on slower nodes throttle while the average tells the autoscaler that all is well",
        help: "add node affinity for the instance type or the group of nodes",
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
        // What a Deployment makes of itself is the Deployment's.
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
