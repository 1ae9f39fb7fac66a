//! Where the practices are argued.

use crate::policy::Source;

/// How Kubernetes ends a pod.
pub(super) const POD_TERMINATION: Source = Source::new(
    "Kubernetes: Termination of Pods",
    "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
);
/// Flagger's guide to deployments without lost requests.
pub(super) const ZERO_DOWNTIME: Source =
    Source::new("Flagger: Zero downtime deployments", "https://docs.flagger.app/tutorials/zero-downtime-deployments");
/// Kubernetes' own grading of what pods may do.
pub(super) const POD_SECURITY_STANDARDS: Source = Source::new(
    "Kubernetes: Pod Security Standards",
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
);
/// What a security context is and how a container inherits it.
pub(super) const SECURITY_CONTEXT: Source = Source::new(
    "Kubernetes: Configure a Security Context for a Pod or Container",
    "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
);
/// How images are named, and what a missing tag means.
pub(super) const IMAGES: Source =
    Source::new("Kubernetes: Images", "https://kubernetes.io/docs/concepts/containers/images/#image-names");
/// What each Linux capability allows.
pub(super) const CAPABILITIES: Source =
    Source::new("capabilities(7)", "https://man7.org/linux/man-pages/man7/capabilities.7.html");
/// How hooks and the grace period share one clock.
pub(super) const LIFECYCLE_HOOKS: Source = Source::new(
    "Kubernetes: Container Lifecycle Hooks",
    "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/",
);
/// The grace period that a probe can set.
pub(super) const PROBE_GRACE_PERIOD: Source = Source::new(
    "Kubernetes: Probe-level terminationGracePeriodSeconds",
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#probe-level-terminationgraceperiodseconds",
);
/// What a shell as process 1 does to signals.
pub(super) const ENTRYPOINT: Source = Source::new(
    "Docker: Shell form ENTRYPOINT example",
    "https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example",
);
/// What each of the three probes decides.
pub(super) const PROBES: Source = Source::new(
    "Kubernetes: Liveness, Readiness, and Startup Probes",
    "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
);
/// How probes are written.
pub(super) const PROBE_CONFIGURATION: Source = Source::new(
    "Kubernetes: Configure Liveness, Readiness and Startup Probes",
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
);
/// What requests and limits do.
pub(super) const CONTAINER_RESOURCES: Source = Source::new(
    "Kubernetes: Resource Management for Pods and Containers",
    "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
);
/// Who is evicted first.
pub(super) const QUALITY_OF_SERVICE: Source = Source::new(
    "Kubernetes: Pod Quality of Service Classes",
    "https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/",
);
/// What the conditions of `retryOn` mean.
pub(super) const ENVOY_RETRIES: Source = Source::new(
    "Envoy: x-envoy-retry-on",
    "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on",
);
/// How Deployments replace their pods.
pub(super) const ROLLING_UPDATE: Source = Source::new(
    "Kubernetes: Rolling Update Deployment",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment",
);
/// What disruptions are and what budgets do about them.
pub(super) const DISRUPTIONS: Source =
    Source::new("Kubernetes: Disruptions", "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/");
/// How to write a budget.
pub(super) const DISRUPTION_BUDGETS: Source = Source::new(
    "Kubernetes: Specifying a Disruption Budget for your Application",
    "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
);
/// How nodes are drained.
pub(super) const DRAIN: Source = Source::new(
    "Kubernetes: Safely Drain a Node",
    "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/",
);
/// How the horizontal autoscaler computes.
pub(super) const HORIZONTAL_AUTOSCALING: Source = Source::new(
    "Kubernetes: Horizontal Pod Autoscaling",
    "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
);
/// KEDA's processor trigger.
pub(super) const KEDA_CPU: Source = Source::new("KEDA: CPU scaler", "https://keda.sh/docs/latest/scalers/cpu/");
/// Spreading pods over nodes and zones.
pub(super) const TOPOLOGY_SPREAD: Source = Source::new(
    "Kubernetes: Pod Topology Spread Constraints",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
);
/// Keeping pods off each other's nodes.
pub(super) const ANTI_AFFINITY: Source = Source::new(
    "Kubernetes: Inter-pod affinity and anti-affinity",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
);
/// What removed API versions were replaced by.
pub(super) const DEPRECATION_GUIDE: Source = Source::new(
    "Kubernetes: Deprecated API Migration Guide",
    "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
);
/// How long a deprecated API version lives.
pub(super) const DEPRECATION_POLICY: Source =
    Source::new("Kubernetes: Deprecation Policy", "https://kubernetes.io/docs/reference/using-api/deprecation-policy/");
/// The labels that tools understand.
pub(super) const RECOMMENDED_LABELS: Source = Source::new(
    "Kubernetes: Recommended Labels",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
);
/// What annotations are for.
pub(super) const ANNOTATIONS: Source = Source::new(
    "Kubernetes: Annotations",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
);
/// Labels and annotations that Kubernetes gives a meaning.
pub(super) const WELL_KNOWN_LABELS: Source = Source::new(
    "Kubernetes: Well-Known Labels, Annotations and Taints",
    "https://kubernetes.io/docs/reference/labels-annotations-taints/",
);
/// What namespaces are for, and why not `default`.
pub(super) const NAMESPACES: Source = Source::new(
    "Kubernetes: Namespaces",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
);
/// How the history of rollouts is read.
pub(super) const ROLLOUT_HISTORY: Source = Source::new(
    "Kubernetes: Checking Rollout History of a Deployment",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment",
);
