//! The order in which people write the fields of Kubernetes' objects.

use serde_json::{Map, Value};

/// The fields of each kind of mapping. Which kind one is shows in its fields: that of which it has most, the first of several.
const ORDERS: &[&[&str]] = &[
    // An object.
    &[
        "apiVersion",
        "kind",
        "metadata",
        "type",
        "immutable",
        "automountServiceAccountToken",
        "provisioner",
        "parameters",
        "data",
        "stringData",
        "spec",
        "webhooks",
        "roleRef",
        "subjects",
        "rules",
        "status",
    ],
    // Its metadata.
    &["name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences"],
    // A reference to an object.
    &["apiGroup", "apiVersion", "kind", "name", "namespace", "uid", "controller", "blockOwnerDeletion"],
    // What creates pods.
    &[
        "replicas",
        "revisionHistoryLimit",
        "minReadySeconds",
        "progressDeadlineSeconds",
        "paused",
        "serviceName",
        "podManagementPolicy",
        "strategy",
        "updateStrategy",
        "selector",
        "ordinals",
        "template",
        "volumeClaimTemplates",
        "persistentVolumeClaimRetentionPolicy",
    ],
    // A job.
    &[
        "schedule",
        "timeZone",
        "concurrencyPolicy",
        "suspend",
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
        "parallelism",
        "completions",
        "completionMode",
        "backoffLimit",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
        "podReplacementPolicy",
        "podFailurePolicy",
        "manualSelector",
        "selector",
        "jobTemplate",
        "template",
    ],
    // A pod.
    &[
        "replicas",
        "activeDeadlineSeconds",
        "restartPolicy",
        "serviceAccountName",
        "automountServiceAccountToken",
        "enableServiceLinks",
        "priorityClassName",
        "preemptionPolicy",
        "runtimeClassName",
        "schedulerName",
        "os",
        "hostname",
        "subdomain",
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "hostUsers",
        "shareProcessNamespace",
        "dnsPolicy",
        "dnsConfig",
        "hostAliases",
        "securityContext",
        "terminationGracePeriodSeconds",
        "imagePullSecrets",
        "nodeName",
        "nodeSelector",
        "affinity",
        "tolerations",
        "topologySpreadConstraints",
        "readinessGates",
        "schedulingGates",
        "resourceClaims",
        "resources",
        "initContainers",
        "containers",
        "ephemeralContainers",
        "volumes",
    ],
    // A container.
    &[
        "name",
        "image",
        "imagePullPolicy",
        "restartPolicy",
        "command",
        "args",
        "workingDir",
        "ports",
        "envFrom",
        "env",
        "resources",
        "resizePolicy",
        "volumeMounts",
        "volumeDevices",
        "startupProbe",
        "livenessProbe",
        "readinessProbe",
        "lifecycle",
        "securityContext",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "stdin",
        "stdinOnce",
        "tty",
    ],
    // Who a process is and what it may do.
    &[
        "type",
        "localhostProfile",
        "runAsNonRoot",
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "supplementalGroupsPolicy",
        "fsGroup",
        "fsGroupChangePolicy",
        "allowPrivilegeEscalation",
        "privileged",
        "readOnlyRootFilesystem",
        "procMount",
        "capabilities",
        "seccompProfile",
        "appArmorProfile",
        "seLinuxOptions",
        "sysctls",
        "windowsOptions",
    ],
    // Capabilities.
    &["drop", "add"],
    // Amounts.
    &["requests", "limits", "claims"],
    &["cpu", "memory", "ephemeral-storage"],
    // A probe or a hook.
    &[
        "exec",
        "httpGet",
        "tcpSocket",
        "grpc",
        "sleep",
        "initialDelaySeconds",
        "periodSeconds",
        "timeoutSeconds",
        "successThreshold",
        "failureThreshold",
        "terminationGracePeriodSeconds",
    ],
    &["postStart", "preStop", "stopSignal"],
    &["path", "port", "host", "scheme", "httpHeaders"],
    // A port.
    &["protocol", "port", "endPort"],
    &["name", "port", "containerPort", "hostIP", "hostPort", "targetPort", "nodePort", "protocol", "appProtocol"],
    // A service.
    &[
        "type",
        "clusterIP",
        "clusterIPs",
        "externalName",
        "loadBalancerClass",
        "loadBalancerSourceRanges",
        "externalTrafficPolicy",
        "internalTrafficPolicy",
        "trafficDistribution",
        "sessionAffinity",
        "sessionAffinityConfig",
        "ipFamilyPolicy",
        "ipFamilies",
        "publishNotReadyAddresses",
        "selector",
        "ports",
    ],
    // A rollout.
    &["type", "rollingUpdate", "maxSurge", "maxUnavailable", "partition"],
    // A selector.
    &["matchLabels", "matchExpressions"],
    &["key", "operator", "value", "values", "effect", "tolerationSeconds"],
    // Where pods go.
    &["weight", "preference", "podAffinityTerm"],
    &["labelSelector", "namespaceSelector", "namespaces", "topologyKey", "matchLabelKeys"],
    &[
        "maxSkew",
        "minDomains",
        "topologyKey",
        "whenUnsatisfiable",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "labelSelector",
        "matchLabelKeys",
    ],
    &["nodeAffinity", "podAffinity", "podAntiAffinity"],
    &["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"],
    // A budget.
    &["minAvailable", "maxUnavailable", "selector", "unhealthyPodEvictionPolicy"],
    // An autoscaler.
    &[
        "scaleTargetRef",
        "pollingInterval",
        "cooldownPeriod",
        "minReplicas",
        "maxReplicas",
        "minReplicaCount",
        "maxReplicaCount",
        "metrics",
        "triggers",
        "behavior",
    ],
    &["type", "resource", "containerResource", "pods", "object", "external"],
    &["name", "container", "metric", "describedObject", "target"],
    &["type", "value", "averageValue", "averageUtilization"],
    &["scaleUp", "scaleDown"],
    &["stabilizationWindowSeconds", "selectPolicy", "tolerance", "policies"],
    &["type", "value", "periodSeconds"],
    // A policy of networks.
    &["podSelector", "policyTypes", "ingress", "egress"],
    &["from", "to", "ports"],
    &["namespaceSelector", "podSelector", "ipBlock"],
    // A volume and what it holds.
    &[
        "name",
        "configMap",
        "secret",
        "emptyDir",
        "persistentVolumeClaim",
        "projected",
        "downwardAPI",
        "hostPath",
        "csi",
        "ephemeral",
    ],
    &["name", "secretName", "defaultMode", "optional", "items"],
    &["key", "path", "mode"],
    &["medium", "sizeLimit"],
    &["name", "mountPath", "subPath", "subPathExpr", "readOnly", "mountPropagation"],
    &["name", "value", "valueFrom"],
    &["name", "key", "optional"],
];

/// The order of a mapping with these fields; empty when it has none that is known.
fn order_of(keys: &[&str]) -> &'static [&'static str] {
    let mut best: (usize, &[&str]) = (0, &[]);
    for order in ORDERS {
        let known = keys.iter().filter(|key| order.contains(key)).count();
        if known > best.0 {
            best = (known, order);
        }
    }
    best.1
}

/// The fields as people write them: what isn't known stays behind, as it is.
pub(crate) fn in_order(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let order = order_of(&fields.keys().map(String::as_str).collect::<Vec<_>>());
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    sorted.sort_by_key(|(key, _)| order.iter().position(|known| known == key).unwrap_or(order.len()));
    sorted
}

/// Where a further field goes among those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    First,
    /// Behind the field of this number.
    Behind(usize),
    Last,
}

/// Finds the slot of a new field among those of a mapping: behind all that usually come before it.
pub(crate) fn slot(key: &str, siblings: &[&str]) -> Slot {
    let order = order_of(&[siblings, &[key]].concat());
    let rank = |key: &str| order.iter().position(|known| *known == key);
    let Some(own) = rank(key) else { return Slot::Last };
    match siblings.iter().rposition(|sibling| rank(sibling).is_some_and(|rank| rank < own)) {
        Some(number) => Slot::Behind(number),
        None if siblings.iter().any(|sibling| rank(sibling).is_some()) => Slot::First,
        None => Slot::Last,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ordered(value: &Value) -> String {
        let keys: Vec<&str> = in_order(value.as_object().unwrap()).into_iter().map(|(key, _)| key.as_str()).collect();
        keys.join(" ")
    }

    #[test]
    fn fields_are_in_their_usual_order() {
        for (value, order) in [
            (json!({"resource": {}, "type": 1}), "type resource"),
            (json!({"target": {}, "name": 1}), "name target"),
            (json!({"averageUtilization": 1, "type": 1}), "type averageUtilization"),
            (
                json!({"labelSelector": {}, "maxSkew": 1, "topologyKey": 1, "whenUnsatisfiable": 1}),
                "maxSkew topologyKey whenUnsatisfiable labelSelector",
            ),
            (json!({"topologyKey": 1, "labelSelector": {}}), "labelSelector topologyKey"),
            (json!({"port": 1, "protocol": 1}), "protocol port"),
            (json!({"targetPort": 1, "port": 1, "name": 1, "protocol": 1}), "name port targetPort protocol"),
            (json!({"limits": {}, "requests": {}}), "requests limits"),
            (json!({"memory": 1, "cpu": 1, "nvidia.com/gpu": 1}), "cpu memory nvidia.com/gpu"),
            (json!({"rollingUpdate": {}, "type": 1}), "type rollingUpdate"),
            (json!({"kind": 1, "apiVersion": 1, "name": 1}), "apiVersion kind name"),
            (json!({"mountPath": 1, "name": 1, "readOnly": true}), "name mountPath readOnly"),
            (json!({"b": 1, "a": 1}), "a b"),
        ] {
            assert_eq!(ordered(&value), order);
        }
    }

    #[test]
    fn new_fields_go_where_people_put_them() {
        for (siblings, key, wanted) in [
            ("selector template", "replicas", Slot::First),
            ("replicas selector template", "strategy", Slot::Behind(0)),
            ("name image ports env", "securityContext", Slot::Behind(3)),
            ("name image securityContext", "resources", Slot::Behind(1)),
            ("name image env volumeMounts", "ports", Slot::Behind(1)),
            ("name restartPolicy image", "securityContext", Slot::Behind(2)),
            ("image", "name", Slot::First),
            ("containers volumes", "securityContext", Slot::First),
            ("serviceAccountName containers", "terminationGracePeriodSeconds", Slot::Behind(0)),
            ("apiVersion kind metadata spec", "immutable", Slot::Behind(2)),
            ("labels name", "namespace", Slot::Behind(1)),
            ("a b", "c", Slot::Last),
            ("name image", "custom", Slot::Last),
        ] {
            assert_eq!(slot(key, &siblings.split(' ').collect::<Vec<_>>()), wanted, "{key}: {siblings}");
        }
    }

    #[test]
    fn no_order_has_a_field_twice() {
        for order in ORDERS {
            for (number, key) in order.iter().enumerate() {
                assert_eq!(order.iter().position(|other| other == key), Some(number), "{key}");
            }
        }
    }
}
