//! Where the practices are argued.

use crate::policy::Source;

/// How Kubernetes ends a pod.
pub(super) const POD_TERMINATION: Source = Source {
    title: "Kubernetes: Termination of Pods",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
};
/// Flagger's guide to deployments without lost requests.
pub(super) const ZERO_DOWNTIME: Source = Source {
    title: "Flagger: Zero downtime deployments",
    url: "https://docs.flagger.app/tutorials/zero-downtime-deployments",
};
/// How Deployments replace their pods.
pub(super) const ROLLING_UPDATE: Source = Source {
    title: "Kubernetes: Rolling Update Deployment",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment",
};
/// What disruptions are and what budgets do about them.
pub(super) const DISRUPTIONS: Source =
    Source { title: "Kubernetes: Disruptions", url: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/" };
/// How to write a budget.
pub(super) const DISRUPTION_BUDGETS: Source = Source {
    title: "Kubernetes: Specifying a Disruption Budget for your Application",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
};
/// How nodes are drained.
pub(super) const DRAIN: Source = Source {
    title: "Kubernetes: Safely Drain a Node",
    url: "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/",
};
/// How the horizontal autoscaler computes.
pub(super) const HORIZONTAL_AUTOSCALING: Source = Source {
    title: "Kubernetes: Horizontal Pod Autoscaling",
    url: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
};
/// KEDA's processor trigger.
pub(super) const KEDA_CPU: Source =
    Source { title: "KEDA: CPU scaler", url: "https://keda.sh/docs/latest/scalers/cpu/" };
/// Spreading pods over nodes and zones.
pub(super) const TOPOLOGY_SPREAD: Source = Source {
    title: "Kubernetes: Pod Topology Spread Constraints",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
};
/// Keeping pods off each other's nodes.
pub(super) const ANTI_AFFINITY: Source = Source {
    title: "Kubernetes: Inter-pod affinity and anti-affinity",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
};
