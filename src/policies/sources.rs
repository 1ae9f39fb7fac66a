//! The sources for the practices.

use crate::policy::metadata::Source;

/// A placeholder in scaffolds, until the author names a source; a test rejects it in policies.
#[allow(dead_code, reason = "only a policy that was just scaffolded has it")]
pub(super) const STAND_IN: Source = Source::new("Kubernetes: Documentation", "https://kubernetes.io/docs/");
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
    "https://kubernetes.io/docs/concepts/workloads/pods/probes/#probe-level-terminationgraceperiodseconds",
);
/// What a shell as process 1 does to signals.
pub(super) const ENTRYPOINT: Source = Source::new(
    "Docker: Shell form ENTRYPOINT example",
    "https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example",
);
/// What each of the three probes decides.
pub(super) const PROBES: Source = Source::new(
    "Kubernetes: Liveness, Readiness, and Startup Probes",
    "https://kubernetes.io/docs/concepts/workloads/pods/probes/",
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
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/",
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
/// What the kubelet does when its node runs out of memory or disk.
pub(super) const NODE_PRESSURE_EVICTION: Source = Source::new(
    "Kubernetes: Node-pressure Eviction",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/",
);
/// When a node asks the registry for an image.
pub(super) const IMAGE_PULL_POLICY: Source = Source::new(
    "Kubernetes: Image pull policy",
    "https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",
);
/// How often Docker Hub may be asked for images.
pub(super) const DOCKER_HUB_LIMITS: Source =
    Source::new("Docker Hub usage and limits", "https://docs.docker.com/docker-hub/usage/");
/// How Istio writes retries.
pub(super) const ISTIO_RETRIES: Source = Source::new(
    "Istio: HTTPRetry of a VirtualService",
    "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry",
);
/// What network policies isolate.
pub(super) const NETWORK_POLICIES: Source = Source::new(
    "Kubernetes: Network Policies",
    "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
);
/// Volumes that live as long as their pod.
pub(super) const EMPTY_DIR: Source =
    Source::new("Kubernetes: emptyDir", "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir");
/// What a pod is, and when it has several containers.
pub(super) const PODS: Source = Source::new("Kubernetes: Pods", "https://kubernetes.io/docs/concepts/workloads/pods/");
/// Helpers that start before the app and stop after it.
pub(super) const SIDECAR_CONTAINERS: Source = Source::new(
    "Kubernetes: Sidecar Containers",
    "https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/",
);
/// How a pod names the nodes that it wants.
pub(super) const NODE_AFFINITY: Source = Source::new(
    "Kubernetes: Assigning Pods to Nodes",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
);
/// What taints keep away, and what tolerations let in again.
pub(super) const TAINTS: Source = Source::new(
    "Kubernetes: Taints and Tolerations",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
);
/// The labels that nodes have by convention, and the deprecated ones.
pub(super) const WELL_KNOWN_LABELS: Source = Source::new(
    "Kubernetes: Well-Known Labels, Annotations and Taints",
    "https://kubernetes.io/docs/reference/labels-annotations-taints/",
);
/// Ports by name.
pub(super) const SERVICE_PORTS: Source = Source::new(
    "Kubernetes: Service, port definitions",
    "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports",
);
/// The workloads that make pods.
pub(super) const WORKLOAD_MANAGEMENT: Source =
    Source::new("Kubernetes: Workload Management", "https://kubernetes.io/docs/concepts/workloads/controllers/");
/// What a ReplicaSet does, and what to write instead.
pub(super) const REPLICA_SET: Source =
    Source::new("Kubernetes: ReplicaSet", "https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/");
/// What a ReplicationController did.
pub(super) const REPLICATION_CONTROLLER: Source = Source::new(
    "Kubernetes: ReplicationController",
    "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/",
);
/// How a Job deals with what fails.
pub(super) const JOB_FAILURES: Source = Source::new(
    "Kubernetes: Handling Pod and container failures",
    "https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures",
);
/// What the kernel's `no_new_privs` does.
pub(super) const NO_NEW_PRIVILEGES: Source =
    Source::new("Linux: No New Privileges Flag", "https://docs.kernel.org/userspace-api/no_new_privs.html");
/// What the kernel holds back from containers, and what privileged ones get.
pub(super) const KERNEL_SECURITY: Source = Source::new(
    "Kubernetes: Linux kernel security constraints for Pods and containers",
    "https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/",
);
/// Kernel parameters of pods.
pub(super) const SYSCTLS: Source = Source::new(
    "Kubernetes: Using sysctls in a Kubernetes Cluster",
    "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",
);
/// How system calls are filtered.
pub(super) const SECCOMP: Source = Source::new(
    "Kubernetes: Restrict a Container's Syscalls with seccomp",
    "https://kubernetes.io/docs/tutorials/security/seccomp/",
);
/// What containers see of each other with one process namespace.
pub(super) const SHARED_PROCESSES: Source = Source::new(
    "Kubernetes: Share Process Namespace between Containers in a Pod",
    "https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/",
);
/// Containers that are processes of a Windows node.
pub(super) const HOST_PROCESS: Source = Source::new(
    "Kubernetes: Create a Windows HostProcess Pod",
    "https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/",
);
/// Users in images.
pub(super) const IMAGE_USER: Source =
    Source::new("Docker: Building best practices: USER", "https://docs.docker.com/build/building/best-practices/#user");
/// When a rollout counts as failed.
pub(super) const FAILED_DEPLOYMENT: Source = Source::new(
    "Kubernetes: Failed Deployment",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment",
);
/// What the kubelet keeps of a container's last words.
pub(super) const TERMINATION_MESSAGE: Source = Source::new(
    "Kubernetes: Determine the Reason for Pod Failure",
    "https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/",
);
/// How many pods a rollout may add.
pub(super) const MAX_SURGE: Source = Source::new(
    "Kubernetes: Max Surge",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge",
);
/// When a rollout counts as failed.
pub(super) const PROGRESS_DEADLINE: Source = Source::new(
    "Kubernetes: Progress Deadline Seconds",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds",
);
/// When a new pod counts as available.
pub(super) const MIN_READY: Source = Source::new(
    "Kubernetes: Min Ready Seconds",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#min-ready-seconds",
);
/// How many revisions a Deployment keeps.
pub(super) const REVISION_HISTORY: Source = Source::new(
    "Kubernetes: Revision History Limit",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#revision-history-limit",
);
/// What a Deployment's selector has to match.
pub(super) const DEPLOYMENT_SELECTOR: Source = Source::new(
    "Kubernetes: Deployment Selector",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
);
/// When a Job may have a selector of its own.
pub(super) const JOB_SELECTOR: Source = Source::new(
    "Kubernetes: Specifying your own Pod selector",
    "https://kubernetes.io/docs/concepts/workloads/controllers/job/#specifying-your-own-pod-selector",
);
/// What becomes of pods that are not ready when a node is drained.
pub(super) const UNHEALTHY_POD_EVICTION: Source = Source::new(
    "Kubernetes: Unhealthy Pod Eviction Policy",
    "https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy",
);
/// What becomes of newer fields in autoscaling/v1.
pub(super) const AUTOSCALER_API: Source = Source::new(
    "Kubernetes: HorizontalPodAutoscaler API object",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#api-object",
);
/// How Flagger moves a canary on.
pub(super) const FLAGGER: Source = Source::new("Flagger: How it works", "https://docs.flagger.app/usage/how-it-works");
/// What volumes there are.
pub(super) const VOLUMES: Source =
    Source::new("Kubernetes: Volumes", "https://kubernetes.io/docs/concepts/storage/volumes/");
/// Directories of the node in a pod.
pub(super) const HOST_PATH: Source =
    Source::new("Kubernetes: hostPath", "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath");
/// Repositories as volumes.
pub(super) const GIT_REPO: Source =
    Source::new("Kubernetes: gitRepo", "https://kubernetes.io/docs/concepts/storage/volumes/#gitrepo");
/// What becomes of a volume that is no longer claimed.
pub(super) const RECLAIMING: Source = Source::new(
    "Kubernetes: Persistent Volumes, Reclaiming",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming",
);
/// What a storage class says of its volumes.
pub(super) const STORAGE_CLASSES: Source =
    Source::new("Kubernetes: Storage Classes", "https://kubernetes.io/docs/concepts/storage/storage-classes/");
/// How pods are reached without ports of nodes.
pub(super) const SERVICE_CONCEPT: Source =
    Source::new("Kubernetes: Service", "https://kubernetes.io/docs/concepts/services-networking/service/");
/// What service accounts are.
pub(super) const SERVICE_ACCOUNTS: Source =
    Source::new("Kubernetes: Service Accounts", "https://kubernetes.io/docs/concepts/security/service-accounts/");
/// How pods get a service account and its token.
pub(super) const POD_SERVICE_ACCOUNT: Source = Source::new(
    "Kubernetes: Configure Service Accounts for Pods",
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
);
/// How namespaces ask for a level.
pub(super) const POD_SECURITY_ADMISSION: Source = Source::new(
    "Kubernetes: Pod Security Admission",
    "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
);
/// What access to the Docker daemon's socket means.
pub(super) const DOCKER_SOCKET: Source = Source::new(
    "Docker: Docker daemon attack surface",
    "https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
);
/// What a Secret is for.
pub(super) const SECRETS: Source =
    Source::new("Kubernetes: Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/");
/// How to handle Secrets.
pub(super) const SECRET_PRACTICES: Source = Source::new(
    "Kubernetes: Good practices for Kubernetes Secrets",
    "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
);
/// What a ConfigMap is for.
pub(super) const CONFIG_MAPS: Source =
    Source::new("Kubernetes: ConfigMaps", "https://kubernetes.io/docs/concepts/configuration/configmap/");
/// How environment variables are written and expanded.
pub(super) const ENVIRONMENT: Source = Source::new(
    "Kubernetes: Define Environment Variables for a Container",
    "https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/",
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
/// What a pod can tell the proxy that Istio injects.
pub(super) const ISTIO_PROXY_CONFIG: Source =
    Source::new("Istio: ProxyConfig", "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig");
/// How Linkerd's proxy stops.
pub(super) const LINKERD_SHUTDOWN: Source =
    Source::new("Linkerd: Graceful Pod Shutdown", "https://linkerd.io/2/tasks/graceful-shutdown/");
/// Probes of pods that Istio's proxy stands before.
pub(super) const ISTIO_PROBES: Source = Source::new(
    "Istio: Health Checking of Istio Services",
    "https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/",
);
/// Bounds for a namespace as a whole.
pub(super) const RESOURCE_QUOTAS: Source =
    Source::new("Kubernetes: Resource Quotas", "https://kubernetes.io/docs/concepts/policy/resource-quotas/");
/// Defaults and bounds for each container of a namespace.
pub(super) const LIMIT_RANGES: Source =
    Source::new("Kubernetes: Limit Ranges", "https://kubernetes.io/docs/concepts/policy/limit-range/");
/// How pods get an account's token, and how not.
pub(super) const TOKEN_AUTOMOUNTING: Source = Source::new(
    "Kubernetes: Opt out of API credential automounting",
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
);
/// How pods get at images that not everybody may have.
pub(super) const PRIVATE_REGISTRY: Source = Source::new(
    "Kubernetes: Pull an Image from a Private Registry",
    "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/",
);
/// Which names shells know.
pub(super) const POSIX_ENVIRONMENT: Source = Source::new(
    "POSIX: Environment Variables",
    "https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html",
);
/// Mounting one file or directory of a volume.
pub(super) const SUB_PATH: Source =
    Source::new("Kubernetes: Using subPath", "https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath");
/// A checksum in the pod template.
pub(super) const HELM_CHECKSUM: Source = Source::new(
    "Helm: Automatically Roll Deployments",
    "https://helm.sh/docs/howto/charts_tips_and_tricks/#automatically-roll-deployments",
);
/// A controller that rolls workloads when their configuration changes.
pub(super) const RELOADER: Source = Source::new("Stakater Reloader", "https://github.com/stakater/Reloader");
/// What a Service is.
pub(super) const SERVICES: Source =
    Source::new("Kubernetes: Service", "https://kubernetes.io/docs/concepts/services-networking/service/");
/// Which pods a node sends traffic to.
pub(super) const TRAFFIC_POLICIES: Source = Source::new(
    "Kubernetes: Traffic policies",
    "https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-policies",
);
/// What an Ingress is.
pub(super) const INGRESSES: Source =
    Source::new("Kubernetes: Ingress", "https://kubernetes.io/docs/concepts/services-networking/ingress/");
/// Pods with names and storage of their own.
pub(super) const STATEFUL_SETS: Source =
    Source::new("Kubernetes: StatefulSets", "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/");
/// How many nodes and pods may mount a volume.
pub(super) const ACCESS_MODES: Source = Source::new(
    "Kubernetes: Persistent Volumes, access modes",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
);
/// How fast an autoscaler adds pods and takes them away.
pub(super) const SCALING_BEHAVIOR: Source = Source::new(
    "Kubernetes: Configurable scaling behavior",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#configurable-scaling-behavior",
);
/// Scaling by one container of a pod.
pub(super) const CONTAINER_METRICS: Source = Source::new(
    "Kubernetes: Container resource metrics",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#container-resource-metrics",
);
/// What to do with `replicas` when an autoscaler comes.
pub(super) const MIGRATING_TO_AUTOSCALING: Source = Source::new(
    "Kubernetes: Migrating Deployments and StatefulSets to horizontal autoscaling",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
);
/// How KEDA scales workloads.
pub(super) const KEDA_SCALING: Source = Source::new(
    "KEDA: Scaling Deployments, StatefulSets & Custom Resources",
    "https://keda.sh/docs/latest/concepts/scaling-deployments/",
);
/// What a ScaledObject says.
pub(super) const KEDA_SCALED_OBJECT: Source =
    Source::new("KEDA: ScaledObject specification", "https://keda.sh/docs/latest/reference/scaledobject-spec/");
/// How Istio gives new pods a smaller share at first.
pub(super) const ISTIO_WARMUP: Source = Source::new(
    "Istio: LoadBalancerSettings of a DestinationRule",
    "https://istio.io/latest/docs/reference/config/networking/destination-rule/#LoadBalancerSettings",
);
/// How an AWS load balancer gives new pods a smaller share at first.
pub(super) const ALB_SLOW_START: Source = Source::new(
    "AWS Load Balancer Controller: target-group-attributes",
    "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#target-group-attributes",
);
/// How budgets round percentages.
pub(super) const BUDGET_ROUNDING: Source = Source::new(
    "Kubernetes: Rounding logic when specifying percentages",
    "https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages",
);
/// What an eviction asks for.
pub(super) const EVICTION: Source = Source::new(
    "Kubernetes: API-initiated Eviction",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/",
);
/// How a Deployment recreates its pods.
pub(super) const RECREATE: Source = Source::new(
    "Kubernetes: Recreate Deployment",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#recreate-deployment",
);
/// How StatefulSets replace their pods.
pub(super) const STATEFUL_SET_UPDATES: Source = Source::new(
    "Kubernetes: StatefulSets, update strategies",
    "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies",
);
/// How DaemonSets replace their pods.
pub(super) const DAEMON_SET_UPDATES: Source = Source::new(
    "Kubernetes: Perform a Rolling Update on a DaemonSet",
    "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/",
);
/// How many pods a Deployment has.
pub(super) const DEPLOYMENT_REPLICAS: Source = Source::new(
    "Kubernetes: Deployments, replicas",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas",
);
/// The addresses that a Service may claim, and that nobody should use them.
pub(super) const EXTERNAL_IPS: Source = Source::new(
    "Kubernetes: External IPs of Services",
    "https://kubernetes.io/docs/concepts/services-networking/service/#external-ips",
);
/// How whoever can create a Service reads the traffic of others.
pub(super) const EXTERNAL_IPS_FLAW: Source = Source::new(
    "CVE-2020-8554: Man in the middle using LoadBalancer or ExternalIPs",
    "https://github.com/kubernetes/kubernetes/issues/97076",
);
/// How the routes of the Gateway API are merged, and what they refer to.
pub(super) const HTTP_ROUTES: Source =
    Source::new("Gateway API: HTTPRoute", "https://gateway-api.sigs.k8s.io/reference/api-types/httproute/");
/// What a Gateway's listeners are.
pub(super) const GATEWAYS: Source =
    Source::new("Gateway API: Gateway", "https://gateway-api.sigs.k8s.io/reference/api-types/gateway/");
/// Which of several rules for a path wins.
pub(super) const INGRESS_NGINX_MODEL: Source = Source::new(
    "ingress-nginx: How it works",
    "https://kubernetes.github.io/ingress-nginx/how-it-works/#building-the-nginx-model",
);
/// How an Ingress gets its certificates.
pub(super) const INGRESS_TLS: Source =
    Source::new("Kubernetes: TLS of Ingresses", "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls");
/// How a snippet reads every Secret.
pub(super) const INGRESS_SNIPPETS: Source = Source::new(
    "CVE-2021-25742: Ingress-nginx custom snippets allow retrieval of secrets across all namespaces",
    "https://github.com/kubernetes/kubernetes/issues/126811",
);
/// How an annotation's value becomes configuration.
pub(super) const INGRESS_INJECTION: Source = Source::new(
    "Kubernetes: Ingress-nginx CVE-2025-1974",
    "https://kubernetes.io/blog/2025/03/24/ingress-nginx-cve-2025-1974/",
);
/// Which controller an Ingress is for.
pub(super) const INGRESS_CLASSES: Source = Source::new(
    "Kubernetes: Deprecated annotation of Ingresses",
    "https://kubernetes.io/docs/concepts/services-networking/ingress/#deprecated-annotation",
);
/// Which requests an Ingress gets.
pub(super) const INGRESS_HOSTS: Source = Source::new(
    "Kubernetes: Hostname wildcards of Ingresses",
    "https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards",
);
/// What each type of Service opens.
pub(super) const SERVICE_TYPES: Source = Source::new(
    "Kubernetes: Service type",
    "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
);
/// What an alias of an external name does.
pub(super) const EXTERNAL_NAMES: Source = Source::new(
    "Kubernetes: ExternalName",
    "https://kubernetes.io/docs/concepts/services-networking/service/#externalname",
);
/// Who provides the endpoints of a Service without a selector.
pub(super) const SERVICES_WITHOUT_SELECTORS: Source = Source::new(
    "Kubernetes: Services without selectors",
    "https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors",
);
/// What Prometheus scrapes.
pub(super) const PROMETHEUS_OPERATOR: Source = Source::new(
    "Prometheus Operator: Using ServiceMonitors",
    "https://prometheus-operator.dev/docs/developer/getting-started/#using-servicemonitors",
);
/// Why Prometheus doesn't scrape.
pub(super) const SERVICE_MONITORS: Source = Source::new(
    "Prometheus Operator: Troubleshooting ServiceMonitor changes",
    "https://prometheus-operator.dev/docs/platform/troubleshooting/#troubleshooting-servicemonitor-changes",
);
/// What a VerticalPodAutoscaler can't do.
pub(super) const VERTICAL_AUTOSCALING: Source = Source::new(
    "Vertical Pod Autoscaler: Known limitations",
    "https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/known-limitations.md",
);
/// The port from which on a process needs no capability.
pub(super) const UNPRIVILEGED_PORTS: Source =
    Source::new("Linux: ip_unprivileged_port_start", "https://docs.kernel.org/networking/ip-sysctl.html#ip-variables");
/// How a debugging session comes into a container without a server in it.
pub(super) const DEBUGGING: Source = Source::new(
    "Kubernetes: Debug Running Pods",
    "https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/",
);
/// What keeps the cluster autoscaler from removing a node.
pub(super) const CLUSTER_AUTOSCALER_BLOCKERS: Source = Source::new(
    "Cluster Autoscaler: What types of Pods can prevent CA from removing a node?",
    "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node",
);
/// What keeps Karpenter from disrupting a node.
pub(super) const KARPENTER_DISRUPTION: Source = Source::new(
    "Karpenter: Pod-level controls of disruption",
    "https://karpenter.sh/docs/concepts/disruption/#pod-level-controls",
);
/// What a paused Deployment does.
pub(super) const PAUSED_DEPLOYMENT: Source = Source::new(
    "Kubernetes: Pausing and Resuming a rollout of a Deployment",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment",
);
/// What a StatefulSet's partition does.
pub(super) const STATEFUL_SET_PARTITION: Source = Source::new(
    "Kubernetes: StatefulSets, partitioned rolling updates",
    "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions",
);
/// How Argo Rollouts replaces pods.
pub(super) const ARGO_CANARY: Source = Source::new(
    "Argo Rollouts: Canary Deployment Strategy",
    "https://argo-rollouts.readthedocs.io/en/stable/features/canary/",
);
/// How a pod configures Linkerd's proxy.
pub(super) const LINKERD_PROXY_CONFIGURATION: Source =
    Source::new("Linkerd: Proxy Configuration", "https://linkerd.io/2/reference/proxy-configuration/");
/// Why native sidecars suit Jobs.
pub(super) const ISTIO_NATIVE_SIDECARS: Source =
    Source::new("Istio: Kubernetes Native Sidecars in Istio", "https://istio.io/latest/blog/2023/native-sidecars/");
/// How a schedule is written.
pub(super) const CRON_SCHEDULE: Source = Source::new(
    "Kubernetes: CronJob, schedule syntax",
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax",
);
/// How a CronJob's time zone is set.
pub(super) const CRON_TIME_ZONES: Source = Source::new(
    "Kubernetes: CronJob, time zones",
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
);
/// What a starting deadline does.
pub(super) const CRON_DEADLINE: Source = Source::new(
    "Kubernetes: CronJob, deadline for delayed Job start",
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline",
);
/// How many Jobs a CronJob keeps.
pub(super) const CRON_HISTORY: Source = Source::new(
    "Kubernetes: CronJob, Jobs history limits",
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits",
);
/// What happens while the last run is still at work.
pub(super) const CRON_CONCURRENCY: Source = Source::new(
    "Kubernetes: CronJob, concurrency policy",
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy",
);
/// When a Job ends.
pub(super) const JOB_TERMINATION: Source = Source::new(
    "Kubernetes: Job termination and cleanup",
    "https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup",
);
/// How often a Job is tried.
pub(super) const JOB_BACKOFF: Source = Source::new(
    "Kubernetes: Pod backoff failure policy",
    "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy",
);
/// When finished Jobs are deleted.
pub(super) const FINISHED_JOBS: Source = Source::new(
    "Kubernetes: Automatic Cleanup for Finished Jobs",
    "https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/",
);
/// What AppArmor keeps from containers, and how profiles are chosen.
pub(super) const APP_ARMOR: Source = Source::new(
    "Kubernetes: Restrict a Container's Access to Resources with AppArmor",
    "https://kubernetes.io/docs/tutorials/security/apparmor/",
);
/// Which pods come first.
pub(super) const POD_PRIORITY: Source = Source::new(
    "Kubernetes: Pod Priority and Preemption",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
);
/// What containers write to their node's disk.
pub(super) const LOCAL_EPHEMERAL_STORAGE: Source = Source::new(
    "Kubernetes: Local ephemeral storage",
    "https://kubernetes.io/docs/concepts/storage/ephemeral-storage/",
);
/// What labels are for.
pub(super) const LABELS: Source = Source::new(
    "Kubernetes: Labels and Selectors",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
);
/// How roles and bindings work.
pub(super) const RBAC: Source = Source::new(
    "Kubernetes: Using RBAC Authorization",
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
);
/// What in roles leads to more rights.
pub(super) const RBAC_PRACTICES: Source = Source::new(
    "Kubernetes: Role Based Access Control Good Practices",
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
);
/// The roles for people.
pub(super) const USER_FACING_ROLES: Source = Source::new(
    "Kubernetes: User-facing roles",
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles",
);
/// What everybody may see of the API.
pub(super) const DISCOVERY_ROLES: Source = Source::new(
    "Kubernetes: API discovery roles",
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles",
);
/// How accounts get roles.
pub(super) const SERVICE_ACCOUNT_PERMISSIONS: Source = Source::new(
    "Kubernetes: ServiceAccount permissions",
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#service-account-permissions",
);
/// Tokens in Secrets.
pub(super) const TOKEN_SECRETS: Source = Source::new(
    "Kubernetes: Service account token Secrets",
    "https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
);
/// Tokens in volumes.
pub(super) const TOKEN_PROJECTION: Source = Source::new(
    "Kubernetes: ServiceAccount token volume projection",
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection",
);
/// How to configure admission webhooks.
pub(super) const WEBHOOK_PRACTICES: Source = Source::new(
    "Kubernetes: Admission Webhook Good Practices",
    "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
);
/// What happens when a webhook doesn't answer.
pub(super) const WEBHOOK_FAILURE_POLICY: Source = Source::new(
    "Kubernetes: Dynamic Admission Control, failure policy",
    "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy",
);
/// How a controller finds its pods.
pub(super) const LABEL_SELECTORS: Source = Source::new(
    "Kubernetes: Labels and Selectors",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
);
/// Several autoscalers that count the same pods.
pub(super) const AMBIGUOUS_SELECTOR: Source = Source::new(
    "Kubernetes: Horizontal Pod Autoscaling",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/",
);
/// How pods use claims.
pub(super) const CLAIMS: Source = Source::new(
    "Kubernetes: Claims as volumes",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes",
);
