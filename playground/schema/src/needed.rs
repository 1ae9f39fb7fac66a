//! Fields that the schemas require, but that nobody should be told to add.

/// A type by the end of its name, and a field of it: the API server takes the object without it, a policy reports it
/// (`mismatched-selector` and `contradictory-node-affinity`), or what has none is a patch.
pub(crate) const NOT_NEEDED: &[(&str, &str)] = &[
    // The object is refused for what is below it, or is a patch.
    ("admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec", "policyName"),
    ("apps.v1.DaemonSetSpec", "selector"),
    ("apps.v1.DaemonSetSpec", "template"),
    ("apps.v1.DeploymentSpec", "selector"),
    ("apps.v1.DeploymentSpec", "template"),
    ("apps.v1.ReplicaSetSpec", "selector"),
    ("apps.v1.StatefulSetSpec", "selector"),
    ("apps.v1.StatefulSetSpec", "template"),
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", "scaleTargetRef"),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "scaleTargetRef"),
    ("batch.v1.CronJobSpec", "jobTemplate"),
    ("batch.v1.JobSpec", "template"),
    ("core.v1.NodeSelector", "nodeSelectorTerms"),
    ("core.v1.PodSpec", "containers"),
    // Without it the value is zero, false or empty, which is valid.
    ("apiextensions.v1.CustomResourceDefinitionVersion", "served"),
    ("apiextensions.v1.CustomResourceDefinitionVersion", "storage"),
    ("batch.v1.PodFailurePolicy", "rules"),
    ("core.v1.HTTPHeader", "value"),
    ("core.v1.ISCSIPersistentVolumeSource", "lun"),
    ("core.v1.ISCSIVolumeSource", "lun"),
    ("core.v1.LimitRangeSpec", "limits"),
    ("core.v1.LocalObjectReference", "name"),
    ("core.v1.PreferredSchedulingTerm", "preference"),
    ("core.v1.SleepAction", "seconds"),
    ("core.v1.Sysctl", "value"),
    ("resource.v1.CapacityRequestPolicyRange", "min"),
    ("resource.v1.Counter", "value"),
    ("resource.v1.DeviceCapacity", "value"),
    ("resource.v1.ResourcePool", "generation"),
    ("storage.v1.CSINodeSpec", "drivers"),
    ("storage.v1.TokenRequest", "audience"),
];
