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
/// What each of the three probes decides.
pub(super) const PROBES: Source = Source {
    title: "Kubernetes: Liveness, Readiness, and Startup Probes",
    url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
};
/// How probes are written.
pub(super) const PROBE_CONFIGURATION: Source = Source {
    title: "Kubernetes: Configure Liveness, Readiness and Startup Probes",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
};
