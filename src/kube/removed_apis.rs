//! The API versions that Kubernetes has removed or deprecated.
//!
//! Current to Kubernetes 1.36 ([`KubernetesVersion::NEWEST`](crate::kube::version::KubernetesVersion::NEWEST)). Sources: the
//! Deprecated API Migration Guide (<https://kubernetes.io/docs/reference/using-api/deprecation-guide/>), and for the
//! versions of deprecation, and removals that the guide doesn't list yet, the `prerelease-lifecycle` marks of the types in
//! <https://github.com/kubernetes/api>. Alpha versions, which come and go with any release, are not listed except for
//! CronJobs', which were widespread; nor are versions of kinds that nothing replaces yet. A test checks every replacement
//! against the API's own definitions.

use crate::kube::kinds::{self, Kind};

/// One kind in one API version that has been or will be removed.
#[derive(Debug)]
pub struct RemovedApi {
    /// `group/version`.
    pub api_version: &'static str,
    /// The kind's name.
    pub kind: &'static str,
    /// The minor version of Kubernetes that deprecated it.
    pub deprecated: u16,
    /// The first minor version that no longer serves it.
    pub removed: u16,
    /// The `group/version` to use instead; `None` when nothing replaces the kind.
    pub replacement: Option<&'static str>,
    /// The minor version that first served the replacement.
    pub replaced: u16,
    /// The other differences.
    pub change: Change,
}

/// The differences between an API version and its replacement, besides its name.
#[derive(Debug)]
pub enum Change {
    /// None: every object is valid in both.
    Version,
    /// A workload's selector is required, `rollbackTo` and `templateGeneration` are gone, some defaults differ.
    Workload,
    /// An empty selector selects every pod instead of none.
    Budget,
    /// A metric's target is in `target`, and references to other objects may be in removed versions too.
    Metrics,
    /// A backend's service is in `service`, and every path has a type.
    Backends,
    /// Side effects and review versions are required, some defaults differ.
    Webhooks,
    /// Others, in words that can follow "convert it to networking.k8s.io/v1".
    Other(&'static str),
}

/// The row for an API version that is deprecated since the first of these minor versions of Kubernetes and removed in the
/// second, and for its replacement with the minor version that introduced it.
const fn row(
    api_version: &'static str,
    kind: &'static str,
    (deprecated, removed): (u16, u16),
    (replacement, replaced): (&'static str, u16),
    change: Change,
) -> RemovedApi {
    let replacement = Some(replacement);
    RemovedApi { api_version, kind, deprecated, removed, replacement, replaced, change }
}

/// In place of a minor version: a version that is deprecated and stays.
pub const NEVER: u16 = u16::MAX;

const ASSURED: &str = ", where spec.limited.assuredConcurrencyShares is called nominalConcurrencyShares";
const CONDITIONS: &str = ", where spec.group is called spec.groups";
const EXACTLY: &str = ", where the fields of each of spec.devices.requests are in its `exactly`";
const PRIORITY: &str = ", where spec.limited.nominalConcurrencyShares: 0 stays 0";
const NO_SECURITY_POLICY: &str = "remove it and set a Pod Security level on each namespace instead";

/// The table, by the version that removes.
pub static REMOVED_APIS: &[RemovedApi] = &[
    // 1.16
    row("apps/v1beta1", "ControllerRevision", (8, 16), ("apps/v1", 9), Change::Version),
    row("apps/v1beta1", "Deployment", (8, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta1", "ReplicaSet", (8, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta1", "StatefulSet", (8, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta2", "ControllerRevision", (9, 16), ("apps/v1", 9), Change::Version),
    row("apps/v1beta2", "DaemonSet", (9, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta2", "Deployment", (9, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta2", "ReplicaSet", (9, 16), ("apps/v1", 9), Change::Workload),
    row("apps/v1beta2", "StatefulSet", (9, 16), ("apps/v1", 9), Change::Workload),
    row("extensions/v1beta1", "DaemonSet", (8, 16), ("apps/v1", 9), Change::Workload),
    row("extensions/v1beta1", "Deployment", (8, 16), ("apps/v1", 9), Change::Workload),
    row("extensions/v1beta1", "ReplicaSet", (8, 16), ("apps/v1", 9), Change::Workload),
    row("extensions/v1beta1", "NetworkPolicy", (9, 16), ("networking.k8s.io/v1", 7), Change::Version),
    RemovedApi {
        api_version: "extensions/v1beta1",
        kind: "PodSecurityPolicy",
        deprecated: 11,
        removed: 16,
        replacement: None,
        replaced: 0,
        change: Change::Other(NO_SECURITY_POLICY),
    },
    // 1.21
    row("batch/v2alpha1", "CronJob", (8, 21), ("batch/v1", 21), Change::Version),
    // 1.22
    row(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        (16, 22),
        ("admissionregistration.k8s.io/v1", 16),
        Change::Webhooks,
    ),
    row(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        (16, 22),
        ("admissionregistration.k8s.io/v1", 16),
        Change::Webhooks,
    ),
    row(
        "apiextensions.k8s.io/v1beta1",
        "CustomResourceDefinition",
        (16, 22),
        ("apiextensions.k8s.io/v1", 16),
        Change::Other(", where each of spec.versions has its own structural schema"),
    ),
    row("apiregistration.k8s.io/v1beta1", "APIService", (19, 22), ("apiregistration.k8s.io/v1", 10), Change::Version),
    row("authentication.k8s.io/v1beta1", "TokenReview", (19, 22), ("authentication.k8s.io/v1", 6), Change::Version),
    row(
        "authorization.k8s.io/v1beta1",
        "LocalSubjectAccessReview",
        (19, 22),
        ("authorization.k8s.io/v1", 6),
        Change::Other(CONDITIONS),
    ),
    row(
        "authorization.k8s.io/v1beta1",
        "SelfSubjectAccessReview",
        (19, 22),
        ("authorization.k8s.io/v1", 6),
        Change::Version,
    ),
    row(
        "authorization.k8s.io/v1beta1",
        "SelfSubjectRulesReview",
        (19, 22),
        ("authorization.k8s.io/v1", 8),
        Change::Version,
    ),
    row(
        "authorization.k8s.io/v1beta1",
        "SubjectAccessReview",
        (19, 22),
        ("authorization.k8s.io/v1", 6),
        Change::Other(CONDITIONS),
    ),
    row(
        "certificates.k8s.io/v1beta1",
        "CertificateSigningRequest",
        (19, 22),
        ("certificates.k8s.io/v1", 19),
        Change::Other(", where spec.signerName and spec.usages are required"),
    ),
    row("coordination.k8s.io/v1beta1", "Lease", (19, 22), ("coordination.k8s.io/v1", 14), Change::Version),
    row("extensions/v1beta1", "Ingress", (14, 22), ("networking.k8s.io/v1", 19), Change::Backends),
    row("networking.k8s.io/v1beta1", "Ingress", (19, 22), ("networking.k8s.io/v1", 19), Change::Backends),
    row("networking.k8s.io/v1beta1", "IngressClass", (19, 22), ("networking.k8s.io/v1", 19), Change::Version),
    row(
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRole",
        (17, 22),
        ("rbac.authorization.k8s.io/v1", 8),
        Change::Version,
    ),
    row(
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleBinding",
        (17, 22),
        ("rbac.authorization.k8s.io/v1", 8),
        Change::Version,
    ),
    row("rbac.authorization.k8s.io/v1beta1", "Role", (17, 22), ("rbac.authorization.k8s.io/v1", 8), Change::Version),
    row(
        "rbac.authorization.k8s.io/v1beta1",
        "RoleBinding",
        (17, 22),
        ("rbac.authorization.k8s.io/v1", 8),
        Change::Version,
    ),
    row("scheduling.k8s.io/v1beta1", "PriorityClass", (14, 22), ("scheduling.k8s.io/v1", 14), Change::Version),
    row("storage.k8s.io/v1beta1", "CSIDriver", (19, 22), ("storage.k8s.io/v1", 18), Change::Version),
    row("storage.k8s.io/v1beta1", "CSINode", (17, 22), ("storage.k8s.io/v1", 17), Change::Version),
    row("storage.k8s.io/v1beta1", "StorageClass", (19, 22), ("storage.k8s.io/v1", 6), Change::Version),
    row("storage.k8s.io/v1beta1", "VolumeAttachment", (19, 22), ("storage.k8s.io/v1", 13), Change::Version),
    // 1.25
    row("autoscaling/v2beta1", "HorizontalPodAutoscaler", (22, 25), ("autoscaling/v2", 23), Change::Metrics),
    row("batch/v1beta1", "CronJob", (21, 25), ("batch/v1", 21), Change::Version),
    row(
        "discovery.k8s.io/v1beta1",
        "EndpointSlice",
        (21, 25),
        ("discovery.k8s.io/v1", 21),
        Change::Other(", where nodeName and zone replace the topology of an endpoint"),
    ),
    row(
        "events.k8s.io/v1beta1",
        "Event",
        (22, 25),
        ("events.k8s.io/v1", 19),
        Change::Other(", where action, reason, reportingController and reportingInstance are required"),
    ),
    row("node.k8s.io/v1beta1", "RuntimeClass", (22, 25), ("node.k8s.io/v1", 20), Change::Version),
    row("policy/v1beta1", "PodDisruptionBudget", (21, 25), ("policy/v1", 21), Change::Budget),
    RemovedApi {
        api_version: "policy/v1beta1",
        kind: "PodSecurityPolicy",
        deprecated: 21,
        removed: 25,
        replacement: None,
        replaced: 0,
        change: Change::Other(NO_SECURITY_POLICY),
    },
    // 1.26
    row("autoscaling/v2beta2", "HorizontalPodAutoscaler", (23, 26), ("autoscaling/v2", 23), Change::Metrics),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchema",
        (23, 26),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Version,
    ),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "PriorityLevelConfiguration",
        (23, 26),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Other(ASSURED),
    ),
    // 1.27
    row("storage.k8s.io/v1beta1", "CSIStorageCapacity", (24, 27), ("storage.k8s.io/v1", 24), Change::Version),
    // 1.29
    row(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "FlowSchema",
        (26, 29),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Version,
    ),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "PriorityLevelConfiguration",
        (26, 29),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Other(ASSURED),
    ),
    // 1.32
    row(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "FlowSchema",
        (29, 32),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Version,
    ),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "PriorityLevelConfiguration",
        (29, 32),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
        Change::Other(PRIORITY),
    ),
    // 1.33
    row(
        "authentication.k8s.io/v1beta1",
        "SelfSubjectReview",
        (30, 33),
        ("authentication.k8s.io/v1", 28),
        Change::Version,
    ),
    // 1.34
    row(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingAdmissionPolicy",
        (31, 34),
        ("admissionregistration.k8s.io/v1", 30),
        Change::Version,
    ),
    row(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingAdmissionPolicyBinding",
        (31, 34),
        ("admissionregistration.k8s.io/v1", 30),
        Change::Version,
    ),
    // 1.37
    row("networking.k8s.io/v1beta1", "IPAddress", (34, 37), ("networking.k8s.io/v1", 33), Change::Version),
    row("networking.k8s.io/v1beta1", "ServiceCIDR", (34, 37), ("networking.k8s.io/v1", 33), Change::Version),
    row("storage.k8s.io/v1beta1", "VolumeAttributesClass", (34, 37), ("storage.k8s.io/v1", 34), Change::Version),
    // 1.38
    row("resource.k8s.io/v1beta1", "DeviceClass", (35, 38), ("resource.k8s.io/v1", 34), Change::Version),
    row("resource.k8s.io/v1beta1", "ResourceClaim", (35, 38), ("resource.k8s.io/v1", 34), Change::Other(EXACTLY)),
    row(
        "resource.k8s.io/v1beta1",
        "ResourceClaimTemplate",
        (35, 38),
        ("resource.k8s.io/v1", 34),
        Change::Other(", where the fields of each of spec.spec.devices.requests are in its `exactly`"),
    ),
    row(
        "resource.k8s.io/v1beta1",
        "ResourceSlice",
        (35, 38),
        ("resource.k8s.io/v1", 34),
        Change::Other(", where a device has the fields of its `basic` itself"),
    ),
    // 1.39
    row("resource.k8s.io/v1beta2", "DeviceClass", (36, 39), ("resource.k8s.io/v1", 34), Change::Version),
    row("resource.k8s.io/v1beta2", "ResourceClaim", (36, 39), ("resource.k8s.io/v1", 34), Change::Version),
    row("resource.k8s.io/v1beta2", "ResourceClaimTemplate", (36, 39), ("resource.k8s.io/v1", 34), Change::Version),
    row("resource.k8s.io/v1beta2", "ResourceSlice", (36, 39), ("resource.k8s.io/v1", 34), Change::Version),
    // Deprecated, and not to be removed.
    RemovedApi {
        api_version: "v1",
        kind: "Endpoints",
        deprecated: 33,
        removed: NEVER,
        replacement: None,
        replaced: 0,
        change: Change::Other("write EndpointSlices (discovery.k8s.io/v1), or let the Service select the pods"),
    },
];

/// The row for a kind in an API version.
pub fn find(api_version: &str, kind: &str) -> Option<&'static RemovedApi> {
    REMOVED_APIS.iter().find(|api| api.api_version == api_version && api.kind == kind)
}

const V1: &[&str] = &["v1"];
const V1_BETA_1: &[&str] = &["v1beta1"];
const EXTENSIONS: &str = "extensions";
const ADMISSION: &str = "admissionregistration.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";
const FLOW_CONTROL: &str = "flowcontrol.apiserver.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RESOURCE: &str = "resource.k8s.io";
const STORAGE: &str = "storage.k8s.io";

const fn kind(
    group: &'static str,
    versions: &'static [&'static str],
    name: &'static str,
    plural: &'static str,
    namespaced: bool,
) -> Kind {
    Kind { group, versions, name, plural, namespaced, template: None }
}

/// Every kind of the table. Most concern no other policy, and some groups are gone for good, so they are not among the
/// known [`kinds`]. Those that are known must be identical here, because other policies check them too.
pub static KINDS: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::REPLICA_SET,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::CRON_JOB,
    &kinds::HORIZONTAL_POD_AUTOSCALER,
    &kinds::POD_DISRUPTION_BUDGET,
    &kinds::INGRESS,
    &kinds::NETWORK_POLICY,
    &kinds::ENDPOINTS,
    &kind("apps", V1, "ControllerRevision", "controllerrevisions", true),
    &kinds::STORAGE_CLASS,
    &kinds::ROLE_BINDING,
    &kinds::CLUSTER_ROLE_BINDING,
    &kind(EXTENSIONS, V1_BETA_1, "PodSecurityPolicy", "podsecuritypolicies", false),
    &kind("policy", V1_BETA_1, "PodSecurityPolicy", "podsecuritypolicies", false),
    &kinds::MUTATING_WEBHOOK_CONFIGURATION,
    &kind(ADMISSION, V1, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
    &kind(ADMISSION, V1, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false),
    &kinds::VALIDATING_WEBHOOK_CONFIGURATION,
    &kind("apiextensions.k8s.io", V1, "CustomResourceDefinition", "customresourcedefinitions", false),
    &kind("apiregistration.k8s.io", V1, "APIService", "apiservices", false),
    &kind("authentication.k8s.io", V1, "SelfSubjectReview", "selfsubjectreviews", false),
    &kind("authentication.k8s.io", V1, "TokenReview", "tokenreviews", false),
    &kind(AUTHORIZATION, V1, "LocalSubjectAccessReview", "localsubjectaccessreviews", true),
    &kind(AUTHORIZATION, V1, "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
    &kind(AUTHORIZATION, V1, "SelfSubjectRulesReview", "selfsubjectrulesreviews", false),
    &kind(AUTHORIZATION, V1, "SubjectAccessReview", "subjectaccessreviews", false),
    &kind("certificates.k8s.io", V1, "CertificateSigningRequest", "certificatesigningrequests", false),
    &kind("coordination.k8s.io", V1, "Lease", "leases", true),
    &kinds::ENDPOINT_SLICE,
    &kind("events.k8s.io", V1, "Event", "events", true),
    &kind(FLOW_CONTROL, V1, "FlowSchema", "flowschemas", false),
    &kind(FLOW_CONTROL, V1, "PriorityLevelConfiguration", "prioritylevelconfigurations", false),
    &kind(NETWORKING, V1, "IPAddress", "ipaddresses", false),
    &kind(NETWORKING, V1, "IngressClass", "ingressclasses", false),
    &kind(NETWORKING, V1, "ServiceCIDR", "servicecidrs", false),
    &kind("node.k8s.io", V1, "RuntimeClass", "runtimeclasses", false),
    &kinds::CLUSTER_ROLE,
    &kinds::ROLE,
    &kind(RESOURCE, V1, "DeviceClass", "deviceclasses", false),
    &kind(RESOURCE, V1, "ResourceClaim", "resourceclaims", true),
    &kind(RESOURCE, V1, "ResourceClaimTemplate", "resourceclaimtemplates", true),
    &kind(RESOURCE, V1, "ResourceSlice", "resourceslices", false),
    &kind("scheduling.k8s.io", V1, "PriorityClass", "priorityclasses", false),
    &kind(STORAGE, V1, "CSIDriver", "csidrivers", false),
    &kind(STORAGE, V1, "CSINode", "csinodes", false),
    &kind(STORAGE, V1, "CSIStorageCapacity", "csistoragecapacities", true),
    &kind(STORAGE, V1, "VolumeAttachment", "volumeattachments", false),
    &kind(STORAGE, V1, "VolumeAttributesClass", "volumeattributesclasses", false),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::version::KubernetesVersion;

    #[test]
    fn rows_and_kinds_match() {
        for api in REMOVED_APIS {
            let known = KINDS.iter().filter(|kind| kind.reads(api.api_version, api.kind)).count();
            assert_eq!(known, 1, "{} {}", api.api_version, api.kind);
        }
        for kind in KINDS {
            let rows = REMOVED_APIS.iter().filter(|api| kind.reads(api.api_version, api.kind)).count();
            assert!(rows > 0, "{} {}", kind.group, kind.name);
        }
    }

    #[test]
    fn rows_are_sorted_by_removal_and_unique() {
        assert!(REMOVED_APIS.is_sorted_by_key(|api| api.removed));
        for (index, api) in REMOVED_APIS.iter().enumerate() {
            let title = (api.api_version, api.kind);
            assert!(REMOVED_APIS[..index].iter().all(|other| (other.api_version, other.kind) != title), "{title:?}");
            assert!(api.deprecated < api.removed, "{title:?}");
            assert!(api.deprecated <= KubernetesVersion::NEWEST.minor, "{title:?}");
            assert!(find(title.0, title.1).is_some_and(|found| std::ptr::eq(found, api)), "{title:?}");
            assert!(api.replacement.is_none_or(|replacement| find(replacement, api.kind).is_none()), "{title:?}");
        }
    }

    #[test]
    fn known_kinds_are_identical_here() {
        for kind in KINDS {
            for known in kinds::KINDS.iter().filter(|known| known.group == kind.group && known.name == kind.name) {
                assert_eq!(known, kind);
            }
        }
    }
}
