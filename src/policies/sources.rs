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
/// What requests and limits do.
pub(super) const CONTAINER_RESOURCES: Source = Source {
    title: "Kubernetes: Resource Management for Pods and Containers",
    url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
};
/// Who is evicted first.
pub(super) const QUALITY_OF_SERVICE: Source = Source {
    title: "Kubernetes: Pod Quality of Service Classes",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/",
};
/// What the conditions of `retryOn` mean.
pub(super) const ENVOY_RETRIES: Source = Source {
    title: "Envoy: x-envoy-retry-on",
    url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on",
};
