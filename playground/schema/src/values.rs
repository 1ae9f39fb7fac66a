//! The strings that the API server takes for a field, where it refuses all others. The schemas of `k8s-openapi` don't have them.
//!
//! They are Kubernetes' constants, as its validation of 1.36 uses them. An empty string counts as absent everywhere.

const ACCESS: &[&str] = &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
const ALWAYS: &[&str] = &["Always", "OnFailure", "Never"];
const EXISTS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist"];
const FAILURE: &[&str] = &["Fail", "Ignore"];
const HONOR: &[&str] = &["Honor", "Ignore"];
const MATCH: &[&str] = &["Exact", "Equivalent"];
const OPERATIONS: &[&str] = &["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];
const PREEMPTION: &[&str] = &["PreemptLowerPriority", "Never"];
const PROFILE: &[&str] = &["RuntimeDefault", "Localhost", "Unconfined"];
const PROTOCOL: &[&str] = &["TCP", "UDP", "SCTP"];
const PULL: &[&str] = &["Always", "IfNotPresent", "Never"];
const REINVOCATION: &[&str] = &["Never", "IfNeeded"];
const RETENTION: &[&str] = &["Retain", "Delete"];
const SCOPE: &[&str] = &["Cluster", "Namespaced", "*"];
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];
const SUBJECT: &[&str] = &["User", "Group", "ServiceAccount"];
const TERMINATION: &[&str] = &["File", "FallbackToLogsOnError"];
const TRAFFIC: &[&str] = &["Cluster", "Local"];
const VOLUME: &[&str] = &["Filesystem", "Block"];

/// A type by the end of its name or a kind, a field of it, and its values.
pub(crate) const VALUES: &[(&str, &str, &[&str])] = &[
    ("EndpointSlice", "addressType", &["IPv4", "IPv6", "FQDN"]),
    ("PriorityClass", "preemptionPolicy", PREEMPTION),
    ("StorageClass", "reclaimPolicy", RETENTION),
    ("StorageClass", "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]),
    ("admissionregistration.v1.MatchResources", "matchPolicy", MATCH),
    ("admissionregistration.v1.MutatingAdmissionPolicySpec", "failurePolicy", FAILURE),
    ("admissionregistration.v1.MutatingAdmissionPolicySpec", "reinvocationPolicy", REINVOCATION),
    ("admissionregistration.v1.MutatingWebhook", "failurePolicy", FAILURE),
    ("admissionregistration.v1.MutatingWebhook", "matchPolicy", MATCH),
    ("admissionregistration.v1.MutatingWebhook", "reinvocationPolicy", REINVOCATION),
    ("admissionregistration.v1.MutatingWebhook", "sideEffects", SIDE_EFFECTS),
    ("admissionregistration.v1.Mutation", "patchType", &["ApplyConfiguration", "JSONPatch"]),
    ("admissionregistration.v1.NamedRuleWithOperations", "operations", OPERATIONS),
    ("admissionregistration.v1.NamedRuleWithOperations", "scope", SCOPE),
    ("admissionregistration.v1.ParamRef", "parameterNotFoundAction", &["Allow", "Deny"]),
    ("admissionregistration.v1.RuleWithOperations", "operations", OPERATIONS),
    ("admissionregistration.v1.RuleWithOperations", "scope", SCOPE),
    ("admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec", "validationActions", &["Deny", "Warn", "Audit"]),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", "failurePolicy", FAILURE),
    ("admissionregistration.v1.ValidatingWebhook", "failurePolicy", FAILURE),
    ("admissionregistration.v1.ValidatingWebhook", "matchPolicy", MATCH),
    ("admissionregistration.v1.ValidatingWebhook", "sideEffects", SIDE_EFFECTS),
    ("apiextensions.v1.CustomResourceConversion", "strategy", &["None", "Webhook"]),
    ("apiextensions.v1.CustomResourceDefinitionSpec", "scope", &["Cluster", "Namespaced"]),
    ("apps.v1.DaemonSetUpdateStrategy", "type", &["RollingUpdate", "OnDelete"]),
    ("apps.v1.DeploymentStrategy", "type", &["RollingUpdate", "Recreate"]),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", RETENTION),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", RETENTION),
    ("apps.v1.StatefulSetSpec", "podManagementPolicy", &["OrderedReady", "Parallel"]),
    ("apps.v1.StatefulSetUpdateStrategy", "type", &["RollingUpdate", "OnDelete"]),
    ("autoscaling.v2.HPAScalingPolicy", "type", &["Pods", "Percent"]),
    ("autoscaling.v2.HPAScalingRules", "selectPolicy", &["Max", "Min", "Disabled"]),
    ("autoscaling.v2.MetricSpec", "type", &["Resource", "ContainerResource", "Pods", "Object", "External"]),
    ("autoscaling.v2.MetricTarget", "type", &["Utilization", "AverageValue", "Value"]),
    ("batch.v1.CronJobSpec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("batch.v1.JobSpec", "completionMode", &["NonIndexed", "Indexed"]),
    ("batch.v1.JobSpec", "podReplacementPolicy", &["TerminatingOrFailed", "Failed"]),
    ("batch.v1.PodFailurePolicyOnExitCodesRequirement", "operator", &["In", "NotIn"]),
    ("batch.v1.PodFailurePolicyOnPodConditionsPattern", "status", &["True", "False", "Unknown"]),
    ("batch.v1.PodFailurePolicyRule", "action", &["FailJob", "FailIndex", "Ignore", "Count"]),
    ("core.v1.AppArmorProfile", "type", PROFILE),
    ("core.v1.AzureDiskVolumeSource", "cachingMode", &["None", "ReadOnly", "ReadWrite"]),
    ("core.v1.AzureDiskVolumeSource", "kind", &["Shared", "Dedicated", "Managed"]),
    ("core.v1.Container", "imagePullPolicy", PULL),
    ("core.v1.Container", "restartPolicy", ALWAYS),
    ("core.v1.Container", "terminationMessagePolicy", TERMINATION),
    ("core.v1.ContainerPort", "protocol", PROTOCOL),
    ("core.v1.ContainerResizePolicy", "restartPolicy", &["NotRequired", "RestartContainer"]),
    ("core.v1.EndpointPort", "protocol", PROTOCOL),
    ("core.v1.EphemeralContainer", "imagePullPolicy", PULL),
    ("core.v1.EphemeralContainer", "terminationMessagePolicy", TERMINATION),
    ("core.v1.HTTPGetAction", "scheme", &["HTTP", "HTTPS"]),
    (
        "core.v1.HostPathVolumeSource",
        "type",
        &["DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"],
    ),
    ("core.v1.ImageVolumeSource", "pullPolicy", PULL),
    ("core.v1.NodeSelectorRequirement", "operator", &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes", ACCESS),
    ("core.v1.PersistentVolumeClaimSpec", "volumeMode", VOLUME),
    ("core.v1.PersistentVolumeSpec", "accessModes", ACCESS),
    ("core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", &["Retain", "Delete", "Recycle"]),
    ("core.v1.PersistentVolumeSpec", "volumeMode", VOLUME),
    ("core.v1.PodOS", "name", &["linux", "windows"]),
    ("core.v1.PodSecurityContext", "fsGroupChangePolicy", &["OnRootMismatch", "Always"]),
    ("core.v1.PodSecurityContext", "seLinuxChangePolicy", &["MountOption", "Recursive"]),
    ("core.v1.PodSecurityContext", "supplementalGroupsPolicy", &["Merge", "Strict"]),
    ("core.v1.PodSpec", "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("core.v1.PodSpec", "preemptionPolicy", PREEMPTION),
    ("core.v1.PodSpec", "restartPolicy", ALWAYS),
    ("core.v1.ScopedResourceSelectorRequirement", "operator", EXISTS),
    ("core.v1.SeccompProfile", "type", PROFILE),
    ("core.v1.SecurityContext", "procMount", &["Default", "Unmasked"]),
    ("core.v1.ServicePort", "protocol", PROTOCOL),
    ("core.v1.ServiceSpec", "externalTrafficPolicy", TRAFFIC),
    ("core.v1.ServiceSpec", "internalTrafficPolicy", TRAFFIC),
    ("core.v1.ServiceSpec", "ipFamilies", &["IPv4", "IPv6"]),
    ("core.v1.ServiceSpec", "ipFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ("core.v1.ServiceSpec", "sessionAffinity", &["None", "ClientIP"]),
    ("core.v1.ServiceSpec", "trafficDistribution", &["PreferClose", "PreferSameZone", "PreferSameNode"]),
    ("core.v1.ServiceSpec", "type", &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
    ("core.v1.Taint", "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("core.v1.Toleration", "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("core.v1.Toleration", "operator", &["Equal", "Exists", "Lt", "Gt"]),
    ("core.v1.TopologySpreadConstraint", "nodeAffinityPolicy", HONOR),
    ("core.v1.TopologySpreadConstraint", "nodeTaintsPolicy", HONOR),
    ("core.v1.TopologySpreadConstraint", "whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"]),
    ("core.v1.VolumeMount", "mountPropagation", &["None", "HostToContainer", "Bidirectional"]),
    ("core.v1.VolumeMount", "recursiveReadOnly", &["Disabled", "IfPossible", "Enabled"]),
    ("discovery.v1.EndpointPort", "protocol", PROTOCOL),
    ("flowcontrol.v1.FlowDistinguisherMethod", "type", &["ByUser", "ByNamespace"]),
    ("flowcontrol.v1.LimitResponse", "type", &["Queue", "Reject"]),
    ("flowcontrol.v1.PriorityLevelConfigurationSpec", "type", &["Exempt", "Limited"]),
    ("flowcontrol.v1.Subject", "kind", SUBJECT),
    ("meta.v1.LabelSelectorRequirement", "operator", EXISTS),
    ("networking.v1.HTTPIngressPath", "pathType", &["Prefix", "Exact", "ImplementationSpecific"]),
    ("networking.v1.IngressClassParametersReference", "scope", &["Cluster", "Namespace"]),
    ("networking.v1.NetworkPolicyPort", "protocol", PROTOCOL),
    ("networking.v1.NetworkPolicySpec", "policyTypes", &["Ingress", "Egress"]),
    ("policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy", &["IfHealthyBudget", "AlwaysAllow"]),
    ("rbac.v1.RoleRef", "kind", &["Role", "ClusterRole"]),
    ("rbac.v1.Subject", "kind", SUBJECT),
    ("resource.v1.ExactDeviceRequest", "allocationMode", &["ExactCount", "All"]),
    ("storage.v1.CSIDriverSpec", "fsGroupPolicy", &["ReadWriteOnceWithFSType", "File", "None"]),
    ("storage.v1.CSIDriverSpec", "volumeLifecycleModes", &["Persistent", "Ephemeral"]),
];
