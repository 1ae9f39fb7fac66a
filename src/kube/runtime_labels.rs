//! Labels that no pod template has: pods get them at run time.

/// Patterns of the keys of labels that controllers, operators and leader election add to pods.
pub const PATTERNS: &[&str] = &[
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/*",
    "cnpg.io/*",
    "*.k8s.elastic.co/*",
    "controller-revision-hash",
    "controller-uid",
    "gateway.networking.k8s.io/*",
    "job-name",
    "jobset.sigs.k8s.io/*",
    "kubevirt.io/*",
    "leaderworkerset.sigs.k8s.io/*",
    "operator.prometheus.io/*",
    "pod-template-hash",
    "postgres-operator.crunchydata.com/*",
    "ray.io/*",
    "rollouts-pod-template-hash",
    "serving.knative.dev/*",
    "spilo-role",
    "statefulset.kubernetes.io/pod-name",
    "strimzi.io/*",
    "topology.kubernetes.io/*",
    "vault-*",
    "vm.kubevirt.io/*",
    "workflows.argoproj.io/*",
];
