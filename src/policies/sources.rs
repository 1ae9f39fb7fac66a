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
/// Kubernetes' own grading of what pods may do.
pub(super) const POD_SECURITY_STANDARDS: Source = Source {
    title: "Kubernetes: Pod Security Standards",
    url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
};
/// What a security context is and how a container inherits it.
pub(super) const SECURITY_CONTEXT: Source = Source {
    title: "Kubernetes: Configure a Security Context for a Pod or Container",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
};
/// How images are named, and what a missing tag means.
pub(super) const IMAGES: Source =
    Source { title: "Kubernetes: Images", url: "https://kubernetes.io/docs/concepts/containers/images/#image-names" };
/// What each Linux capability allows.
pub(super) const CAPABILITIES: Source =
    Source { title: "capabilities(7)", url: "https://man7.org/linux/man-pages/man7/capabilities.7.html" };
/// How hooks and the grace period share one clock.
pub(super) const LIFECYCLE_HOOKS: Source = Source {
    title: "Kubernetes: Container Lifecycle Hooks",
    url: "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/",
};
/// The grace period that a probe can set.
pub(super) const PROBE_GRACE_PERIOD: Source = Source {
    title: "Kubernetes: Probe-level terminationGracePeriodSeconds",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#probe-level-terminationgraceperiodseconds",
};
/// What a shell as process 1 does to signals.
pub(super) const ENTRYPOINT: Source = Source {
    title: "Docker: Shell form ENTRYPOINT example",
    url: "https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example",
/// What each of the three probes decides.
pub(super) const PROBES: Source = Source {
    title: "Kubernetes: Liveness, Readiness, and Startup Probes",
    url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
/// How probes are written.
pub(super) const PROBE_CONFIGURATION: Source = Source {
    title: "Kubernetes: Configure Liveness, Readiness and Startup Probes",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
/// What requests and limits do.
pub(super) const CONTAINER_RESOURCES: Source = Source {
    title: "Kubernetes: Resource Management for Pods and Containers",
    url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
/// Who is evicted first.
pub(super) const QUALITY_OF_SERVICE: Source = Source {
    title: "Kubernetes: Pod Quality of Service Classes",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/",
/// What the conditions of `retryOn` mean.
pub(super) const ENVOY_RETRIES: Source = Source {
    title: "Envoy: x-envoy-retry-on",
    url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on",
};
