//! The kinds that policies know by name. A test compares each with the API's own definition.

use std::hash::{Hash, Hasher};

use serde_json::Value;

/// A kind of object in the Kubernetes API, or of a custom resource.
#[derive(Debug)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The versions that are understood, the preferred one first.
    pub versions: &'static [&'static str],
    /// The kind's name, as objects spell it.
    pub name: &'static str,
    /// The resource's name, as rules and URLs spell it.
    pub plural: &'static str,
    /// Whether its objects are namespaced.
    pub namespaced: bool,
    /// Where its pod template is; `None` for kinds without pods. A Pod is its own template.
    pub template: Option<&'static [&'static str]>,
}

impl PartialEq for Kind {
    /// Each kind is one static, so its address identifies it.
    fn eq(&self, other: &Kind) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Kind {}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self, state);
    }
}

impl Kind {
    /// `group/version` of the preferred version, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        let version = self.versions.first().copied().unwrap_or_default();
        if self.group.is_empty() { version.to_owned() } else { [self.group, "/", version].concat() }
    }

    /// True for Kubernetes' own kinds, which every cluster has.
    pub fn is_builtin(&self) -> bool {
        // Custom resources have groups of other domains; Kubernetes' own newer groups all end in .k8s.io. So do those of two
        // projects beside it.
        !self.group.contains('.') || self.group.ends_with(".k8s.io") && !ADD_ONS.contains(&self.group)
    }

    /// True when `api_version` and `kind` name this kind, in any version.
    pub fn is(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        self.name == kind && self.group == group
    }

    /// The known kind of an object, by its `apiVersion` and `kind`.
    pub fn of(object: &Value) -> Option<&'static Kind> {
        let api_version = object.get("apiVersion")?.as_str()?;
        let kind = object.get("kind")?.as_str()?;
        Kind::named(api_version, kind)
    }

    /// The known kind with this name, in any version of its group.
    pub fn named(api_version: &str, kind: &str) -> Option<&'static Kind> {
        KINDS.iter().copied().find(|known| known.reads(api_version, kind))
    }

    /// True when an object with this `apiVersion` and `kind` is of this kind; also in the group `extensions`, in which
    /// some kinds started.
    pub fn reads(&self, api_version: &str, kind: &str) -> bool {
        const FROM_EXTENSIONS: [(&str, &[&str]); 2] =
            [("apps", &["DaemonSet", "Deployment", "ReplicaSet"]), (NETWORKING, &["Ingress", "NetworkPolicy"])];
        self.is(api_version, kind)
            || self.name == kind
                && api_version.starts_with("extensions/")
                && FROM_EXTENSIONS.iter().any(|(group, names)| *group == self.group && names.contains(&kind))
    }
}

const NETWORKING: &str = "networking.k8s.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";
const VERTICAL: &str = "autoscaling.k8s.io";
/// The groups of custom resources under Kubernetes' own domain.
const ADD_ONS: [&str; 2] = [GATEWAY_API, VERTICAL];
const TEMPLATE: Option<&[&str]> = Some(&["spec", "template"]);

macro_rules! kinds {
    ($($(#[$doc:meta])* $constant:ident = $kind:expr;)*) => {
        $($(#[$doc])* pub static $constant: Kind = $kind;)*
        /// Every known kind.
        pub static KINDS: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    /// core Pod
    POD = Kind { group: "", versions: &["v1"], name: "Pod", plural: "pods", namespaced: true, template: Some(&[]) };
    /// apps Deployment
    DEPLOYMENT = Kind { group: "apps", versions: &["v1"], name: "Deployment", plural: "deployments", namespaced: true,
        template: TEMPLATE };
    /// apps ReplicaSet
    REPLICA_SET = Kind { group: "apps", versions: &["v1"], name: "ReplicaSet", plural: "replicasets", namespaced: true,
        template: TEMPLATE };
    /// apps StatefulSet
    STATEFUL_SET = Kind { group: "apps", versions: &["v1"], name: "StatefulSet", plural: "statefulsets",
        namespaced: true, template: TEMPLATE };
    /// apps DaemonSet
    DAEMON_SET = Kind { group: "apps", versions: &["v1"], name: "DaemonSet", plural: "daemonsets", namespaced: true,
        template: TEMPLATE };
    /// core ReplicationController
    REPLICATION_CONTROLLER = Kind { group: "", versions: &["v1"], name: "ReplicationController",
        plural: "replicationcontrollers", namespaced: true, template: TEMPLATE };
    /// batch Job
    JOB = Kind { group: "batch", versions: &["v1"], name: "Job", plural: "jobs", namespaced: true,
        template: TEMPLATE };
    /// batch CronJob
    CRON_JOB = Kind { group: "batch", versions: &["v1"], name: "CronJob", plural: "cronjobs", namespaced: true,
        template: Some(&["spec", "jobTemplate", "spec", "template"]) };
    /// argoproj.io Rollout (Argo Rollouts)
    ROLLOUT = Kind { group: "argoproj.io", versions: &["v1alpha1"], name: "Rollout", plural: "rollouts",
        namespaced: true, template: TEMPLATE };
    /// core PodTemplate
    POD_TEMPLATE = Kind { group: "", versions: &["v1"], name: "PodTemplate", plural: "podtemplates", namespaced: true,
        template: Some(&["template"]) };
    /// keda.sh ScaledJob
    SCALED_JOB = Kind { group: "keda.sh", versions: &["v1alpha1"], name: "ScaledJob", plural: "scaledjobs",
        namespaced: true, template: Some(&["spec", "jobTargetRef", "template"]) };
    /// serving.knative.dev Service
    KNATIVE_SERVICE = Kind { group: "serving.knative.dev", versions: &["v1"], name: "Service", plural: "services",
        namespaced: true, template: TEMPLATE };
    /// apps.kruise.io CloneSet
    CLONE_SET = Kind { group: "apps.kruise.io", versions: &["v1alpha1"], name: "CloneSet", plural: "clonesets",
        namespaced: true, template: TEMPLATE };
    /// apps.openshift.io DeploymentConfig
    DEPLOYMENT_CONFIG = Kind { group: "apps.openshift.io", versions: &["v1"], name: "DeploymentConfig",
        plural: "deploymentconfigs", namespaced: true, template: TEMPLATE };
    /// jobset.x-k8s.io JobSet, which has several templates
    JOB_SET = Kind { group: "jobset.x-k8s.io", versions: &["v1alpha2"], name: "JobSet", plural: "jobsets",
        namespaced: true, template: None };
    /// argoproj.io Workflow (Argo Workflows), which has several templates
    WORKFLOW = Kind { group: "argoproj.io", versions: &["v1alpha1"], name: "Workflow", plural: "workflows",
        namespaced: true, template: None };
    /// argoproj.io CronWorkflow
    CRON_WORKFLOW = Kind { group: "argoproj.io", versions: &["v1alpha1"], name: "CronWorkflow",
        plural: "cronworkflows", namespaced: true, template: None };
    /// argoproj.io WorkflowTemplate
    WORKFLOW_TEMPLATE = Kind { group: "argoproj.io", versions: &["v1alpha1"], name: "WorkflowTemplate",
        plural: "workflowtemplates", namespaced: true, template: None };
    /// argoproj.io ClusterWorkflowTemplate
    CLUSTER_WORKFLOW_TEMPLATE = Kind { group: "argoproj.io", versions: &["v1alpha1"], name: "ClusterWorkflowTemplate",
        plural: "clusterworkflowtemplates", namespaced: false, template: None };
    /// autoscaling HorizontalPodAutoscaler
    HORIZONTAL_POD_AUTOSCALER = Kind { group: "autoscaling", versions: &["v2", "v1"], name: "HorizontalPodAutoscaler",
        plural: "horizontalpodautoscalers", namespaced: true, template: None };
    /// keda.sh ScaledObject
    SCALED_OBJECT = Kind { group: "keda.sh", versions: &["v1alpha1"], name: "ScaledObject", plural: "scaledobjects",
        namespaced: true, template: None };
    /// policy PodDisruptionBudget
    POD_DISRUPTION_BUDGET = Kind { group: "policy", versions: &["v1", "v1beta1"], name: "PodDisruptionBudget",
        plural: "poddisruptionbudgets", namespaced: true, template: None };
    /// flagger.app Canary
    CANARY = Kind { group: "flagger.app", versions: &["v1beta1"], name: "Canary", plural: "canaries",
        namespaced: true, template: None };
    /// core Service
    SERVICE = Kind { group: "", versions: &["v1"], name: "Service", plural: "services", namespaced: true,
        template: None };
    /// core Namespace
    NAMESPACE = Kind { group: "", versions: &["v1"], name: "Namespace", plural: "namespaces", namespaced: false,
        template: None };
    /// core ConfigMap
    CONFIG_MAP = Kind { group: "", versions: &["v1"], name: "ConfigMap", plural: "configmaps", namespaced: true,
        template: None };
    /// core Secret
    SECRET = Kind { group: "", versions: &["v1"], name: "Secret", plural: "secrets", namespaced: true, template: None };
    /// core ServiceAccount
    SERVICE_ACCOUNT = Kind { group: "", versions: &["v1"], name: "ServiceAccount", plural: "serviceaccounts",
        namespaced: true, template: None };
    /// rbac.authorization.k8s.io Role
    ROLE = Kind { group: "rbac.authorization.k8s.io", versions: &["v1"], name: "Role", plural: "roles",
        namespaced: true, template: None };
    /// rbac.authorization.k8s.io ClusterRole
    CLUSTER_ROLE = Kind { group: "rbac.authorization.k8s.io", versions: &["v1"], name: "ClusterRole",
        plural: "clusterroles", namespaced: false, template: None };
    /// rbac.authorization.k8s.io RoleBinding
    ROLE_BINDING = Kind { group: "rbac.authorization.k8s.io", versions: &["v1"], name: "RoleBinding",
        plural: "rolebindings", namespaced: true, template: None };
    /// rbac.authorization.k8s.io ClusterRoleBinding
    CLUSTER_ROLE_BINDING = Kind { group: "rbac.authorization.k8s.io", versions: &["v1"], name: "ClusterRoleBinding",
        plural: "clusterrolebindings", namespaced: false, template: None };
    /// admissionregistration.k8s.io MutatingWebhookConfiguration
    MUTATING_WEBHOOK_CONFIGURATION = Kind { group: "admissionregistration.k8s.io", versions: &["v1"],
        name: "MutatingWebhookConfiguration", plural: "mutatingwebhookconfigurations", namespaced: false, template: None };
    /// admissionregistration.k8s.io ValidatingWebhookConfiguration
    VALIDATING_WEBHOOK_CONFIGURATION = Kind { group: "admissionregistration.k8s.io", versions: &["v1"],
        name: "ValidatingWebhookConfiguration", plural: "validatingwebhookconfigurations", namespaced: false,
        template: None };
    /// core PersistentVolume
    PERSISTENT_VOLUME = Kind { group: "", versions: &["v1"], name: "PersistentVolume", plural: "persistentvolumes",
        namespaced: false, template: None };
    /// core PersistentVolumeClaim
    PERSISTENT_VOLUME_CLAIM = Kind { group: "", versions: &["v1"], name: "PersistentVolumeClaim",
        plural: "persistentvolumeclaims", namespaced: true, template: None };
    /// core ResourceQuota
    RESOURCE_QUOTA = Kind { group: "", versions: &["v1"], name: "ResourceQuota", plural: "resourcequotas",
        namespaced: true, template: None };
    /// core LimitRange
    LIMIT_RANGE = Kind { group: "", versions: &["v1"], name: "LimitRange", plural: "limitranges", namespaced: true,
        template: None };
    /// storage.k8s.io StorageClass
    STORAGE_CLASS = Kind { group: "storage.k8s.io", versions: &["v1"], name: "StorageClass", plural: "storageclasses",
        namespaced: false, template: None };
    /// networking.k8s.io Ingress
    INGRESS = Kind { group: "networking.k8s.io", versions: &["v1"], name: "Ingress", plural: "ingresses",
        namespaced: true, template: None };
    /// networking.k8s.io NetworkPolicy
    NETWORK_POLICY = Kind { group: "networking.k8s.io", versions: &["v1"], name: "NetworkPolicy",
        plural: "networkpolicies", namespaced: true, template: None };
    /// core Endpoints
    ENDPOINTS = Kind { group: "", versions: &["v1"], name: "Endpoints", plural: "endpoints", namespaced: true,
        template: None };
    /// discovery.k8s.io EndpointSlice
    ENDPOINT_SLICE = Kind { group: "discovery.k8s.io", versions: &["v1"], name: "EndpointSlice",
        plural: "endpointslices", namespaced: true, template: None };
    /// gateway.networking.k8s.io Gateway
    GATEWAY = Kind { group: GATEWAY_API, versions: &["v1", "v1beta1"], name: "Gateway", plural: "gateways",
        namespaced: true, template: None };
    /// gateway.networking.k8s.io HTTPRoute
    HTTP_ROUTE = Kind { group: GATEWAY_API, versions: &["v1", "v1beta1"], name: "HTTPRoute", plural: "httproutes",
        namespaced: true, template: None };
    /// gateway.networking.k8s.io GRPCRoute
    GRPC_ROUTE = Kind { group: GATEWAY_API, versions: &["v1", "v1alpha2"], name: "GRPCRoute", plural: "grpcroutes",
        namespaced: true, template: None };
    /// gateway.networking.k8s.io TLSRoute
    TLS_ROUTE = Kind { group: GATEWAY_API, versions: &["v1", "v1alpha3", "v1alpha2"], name: "TLSRoute",
        plural: "tlsroutes", namespaced: true, template: None };
    /// autoscaling.k8s.io VerticalPodAutoscaler
    VERTICAL_POD_AUTOSCALER = Kind { group: VERTICAL, versions: &["v1"], name: "VerticalPodAutoscaler",
        plural: "verticalpodautoscalers", namespaced: true, template: None };
    /// monitoring.coreos.com ServiceMonitor (Prometheus Operator)
    SERVICE_MONITOR = Kind { group: "monitoring.coreos.com", versions: &["v1"], name: "ServiceMonitor",
        plural: "servicemonitors", namespaced: true, template: None };
    /// monitoring.coreos.com PodMonitor (Prometheus Operator)
    POD_MONITOR = Kind { group: "monitoring.coreos.com", versions: &["v1"], name: "PodMonitor",
        plural: "podmonitors", namespaced: true, template: None };
    /// networking.istio.io VirtualService
    VIRTUAL_SERVICE = Kind { group: "networking.istio.io", versions: &["v1", "v1beta1", "v1alpha3"],
        name: "VirtualService", plural: "virtualservices", namespaced: true, template: None };
    /// external-secrets.io ExternalSecret, which creates a Secret
    EXTERNAL_SECRET = Kind { group: "external-secrets.io", versions: &["v1", "v1beta1"], name: "ExternalSecret",
        plural: "externalsecrets", namespaced: true, template: None };
    /// bitnami.com SealedSecret, which creates a Secret
    SEALED_SECRET = Kind { group: "bitnami.com", versions: &["v1alpha1"], name: "SealedSecret",
        plural: "sealedsecrets", namespaced: true, template: None };
    /// cert-manager.io Certificate, which creates a Secret
    CERTIFICATE = Kind { group: "cert-manager.io", versions: &["v1"], name: "Certificate", plural: "certificates",
        namespaced: true, template: None };
    /// networking.istio.io DestinationRule
    DESTINATION_RULE = Kind { group: "networking.istio.io", versions: &["v1", "v1beta1", "v1alpha3"],
        name: "DestinationRule", plural: "destinationrules", namespaced: true, template: None };
}

/// The kinds that have a pod template.
pub static POD_KINDS: &[&Kind] = &[
    &POD,
    &DEPLOYMENT,
    &REPLICA_SET,
    &STATEFUL_SET,
    &DAEMON_SET,
    &REPLICATION_CONTROLLER,
    &JOB,
    &CRON_JOB,
    &POD_TEMPLATE,
    &ROLLOUT,
    &CLONE_SET,
    &DEPLOYMENT_CONFIG,
    #[cfg(feature = "files")]
    &SCALED_JOB,
    #[cfg(feature = "files")]
    &JOB_SET,
    #[cfg(feature = "files")]
    &KNATIVE_SERVICE,
    #[cfg(feature = "files")]
    &WORKFLOW,
    #[cfg(feature = "files")]
    &CRON_WORKFLOW,
    #[cfg(feature = "files")]
    &WORKFLOW_TEMPLATE,
    #[cfg(feature = "files")]
    &CLUSTER_WORKFLOW_TEMPLATE,
];

/// Custom kinds that are checked in files, and that no policy looks up. In a cluster the pods that they create are checked.
pub static ONLY_IN_FILES: &[&Kind] = &[
    &SCALED_JOB,
    &JOB_SET,
    &KNATIVE_SERVICE,
    &WORKFLOW,
    &CRON_WORKFLOW,
    &WORKFLOW_TEMPLATE,
    &CLUSTER_WORKFLOW_TEMPLATE,
];

/// Kinds that are only looked up by name, through references: no policy needs all of their objects.
pub static NAMED: &[&Kind] =
    &[&NAMESPACE, &SERVICE_ACCOUNT, &ROLE, &CLUSTER_ROLE, &CONFIG_MAP, &SECRET, &PERSISTENT_VOLUME_CLAIM];

/// True for the kinds of Argo Workflows, whose templates are containers with some fields of a pod's spec.
pub fn is_workflow(kind: &Kind) -> bool {
    cfg!(feature = "files")
        && [&WORKFLOW, &CRON_WORKFLOW, &WORKFLOW_TEMPLATE, &CLUSTER_WORKFLOW_TEMPLATE].contains(&kind)
}

/// True for a Service of Knative.
pub fn is_knative_service(kind: &Kind) -> bool {
    cfg!(feature = "files") && *kind == KNATIVE_SERVICE
}

/// True for a JobSet.
pub fn is_job_set(kind: &Kind) -> bool {
    cfg!(feature = "files") && *kind == JOB_SET
}

/// The kinds whose pods run until they are stopped. A bare Pod counts while its `restartPolicy` is
/// `Always`: see [`crate::kube::pod::Pod::is_long_running`].
pub static LONG_RUNNING: &[&Kind] = &[
    &POD,
    &DEPLOYMENT,
    &REPLICA_SET,
    &STATEFUL_SET,
    &DAEMON_SET,
    &REPLICATION_CONTROLLER,
    &ROLLOUT,
    &CLONE_SET,
    &DEPLOYMENT_CONFIG,
];
