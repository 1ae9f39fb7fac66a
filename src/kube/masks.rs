//! Field masks: what a policy may read of an object that it looks up. Other fields never reach the module.
//!
//! Kubewarden sends all metadata except managed fields and kubectl's copy of the object. The metadata in these masks is
//! what policies read, for hosts that mask it too.

use serde_json::Value;

use crate::kube::kinds::{self, Kind};

/// The field masks for fetching an object of a kind by name, in Kubewarden's form: dot paths, lists implicit.
pub fn masks_of(kind: &Kind) -> &'static [&'static str] {
    if *kind == kinds::NAMESPACE {
        return &["apiVersion", "kind", "metadata.name", "metadata.labels", "metadata.annotations"];
    }
    if *kind == kinds::SERVICE_ACCOUNT {
        // Not the names of the token Secrets.
        return &["apiVersion", "kind", "metadata", "imagePullSecrets", "automountServiceAccountToken"];
    }
    if *kind == kinds::ROLE_BINDING || *kind == kinds::CLUSTER_ROLE_BINDING {
        return &["apiVersion", "kind", "metadata.name", "metadata.namespace", "roleRef", "subjects"];
    }
    if *kind == kinds::ROLE || *kind == kinds::CLUSTER_ROLE {
        return &[
            "apiVersion",
            "kind",
            "metadata.name",
            "metadata.namespace",
            "metadata.labels",
            "aggregationRule",
            "rules",
        ];
    }
    if *kind == kinds::SECRET {
        // Not its annotations: kubectl stores a copy of the whole Secret there.
        return &["apiVersion", "kind", "metadata.name", "metadata.namespace", "data", "immutable"];
    }
    if *kind == kinds::CONFIG_MAP {
        return &["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"];
    }
    if *kind == kinds::POD_DISRUPTION_BUDGET {
        return &["apiVersion", "kind", "metadata", "spec.minAvailable", "spec.maxUnavailable", "spec.selector"];
    }
    if *kind == kinds::HORIZONTAL_POD_AUTOSCALER {
        // Not `spec.behavior`, which no other object's check needs.
        return &[
            "apiVersion",
            "kind",
            "metadata",
            "spec.scaleTargetRef",
            "spec.minReplicas",
            "spec.maxReplicas",
            "spec.metrics",
            "spec.targetCPUUtilizationPercentage",
        ];
    }
    if *kind == kinds::SERVICE {
        // Not its addresses.
        return &[
            "apiVersion",
            "kind",
            "metadata",
            "spec.type",
            "spec.clusterIP",
            "spec.selector",
            "spec.ports.name",
            "spec.ports.port",
            "spec.ports.targetPort",
            "spec.ports.protocol",
            "spec.externalTrafficPolicy",
        ];
    }
    if kind.template.is_none() || *kind == kinds::POD {
        // Small objects that are read in many places. A Pod's status is its largest part.
        return &["apiVersion", "kind", "metadata", "spec"];
    }
    if *kind == kinds::ROLLOUT {
        return &[
            "apiVersion",
            "kind",
            "metadata",
            "spec.replicas",
            "spec.strategy",
            "spec.template.metadata",
            "spec.template.spec",
            "spec.workloadRef",
        ];
    }
    if *kind == kinds::CRON_JOB {
        return &["apiVersion", "kind", "metadata", "spec.jobTemplate"];
    }
    &[
        "apiVersion",
        "kind",
        "metadata",
        "spec.replicas",
        "spec.strategy",
        "spec.updateStrategy",
        "spec.template.metadata",
        "spec.template.spec",
    ]
}

/// The field masks for listing objects of a kind. Kubewarden keeps a watch for each kind and mask, so all policies
/// share one; and lists of a whole cluster enter the module, so it is narrow. Of workloads it keeps selectors,
/// replicas, ports and spreading.
pub fn list_masks_of(kind: &Kind) -> &'static [&'static str] {
    if *kind == kinds::POD {
        return &[
            "apiVersion",
            "kind",
            "metadata",
            "spec.hostNetwork",
            "spec.affinity.podAntiAffinity",
            "spec.topologySpreadConstraints",
            "spec.containers.name",
            "spec.containers.ports",
            "spec.initContainers.name",
            "spec.initContainers.ports",
            "spec.initContainers.restartPolicy",
        ];
    }
    if *kind == kinds::DEPLOYMENT || *kind == kinds::STATEFUL_SET || *kind == kinds::DAEMON_SET {
        return &[
            "apiVersion",
            "kind",
            "metadata",
            "spec.replicas",
            "spec.selector",
            "spec.strategy",
            "spec.updateStrategy",
            "spec.template.metadata",
            "spec.template.spec.hostNetwork",
            "spec.template.spec.affinity.podAntiAffinity",
            "spec.template.spec.topologySpreadConstraints",
            "spec.template.spec.containers.name",
            "spec.template.spec.containers.ports",
            "spec.template.spec.initContainers.name",
            "spec.template.spec.initContainers.ports",
            "spec.template.spec.initContainers.restartPolicy",
        ];
    }
    masks_of(kind)
}

/// Removes what masks can't, as soon as an object arrives from a cluster: the values of a Secret. Policies only see its
/// keys.
pub fn strip(object: &mut Value, kind: &Kind) {
    if *kind != kinds::SECRET {
        return;
    }
    for field in ["data", "stringData"] {
        if let Some(Value::Object(values)) = object.get_mut(field) {
            values.values_mut().for_each(|value| *value = Value::Null);
        }
    }
    if let Some(annotations) = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations")) {
        *annotations = Value::Null;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secret_keeps_only_its_keys() {
        let mut secret = json!({"kind": "Secret", "data": {"token": "c2VjcmV0"}, "stringData": {"user": "me"},
            "metadata": {"name": "db", "annotations": {"a": "{}"}}});
        let before = secret.clone();
        strip(&mut secret, &kinds::CONFIG_MAP);
        assert_eq!(secret, before);
        strip(&mut secret, &kinds::SECRET);
        assert_eq!(
            secret,
            json!({"kind": "Secret", "data": {"token": null}, "stringData": {"user": null},
                "metadata": {"name": "db", "annotations": null}})
        );
    }
}
