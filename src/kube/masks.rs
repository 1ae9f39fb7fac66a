//! What a policy may read of an object that it looks up: the rest doesn't cross into the module.
//!
//! Kubewarden keeps an object's metadata apart and gives all of it, but for managed fields and kubectl's copy of the
//! object. What is said of metadata here is what policies read, and holds wherever a host heeds it.

use serde_json::Value;

use crate::kube::kinds::{self, Kind};

/// The field masks for objects of a kind that are got by name, as Kubewarden has them: dot paths, lists implicit.
pub fn masks_of(kind: &Kind) -> &'static [&'static str] {
    if *kind == kinds::NAMESPACE {
        return &["apiVersion", "kind", "metadata.name", "metadata.labels", "metadata.annotations"];
    }
    if *kind == kinds::SERVICE_ACCOUNT {
        // The names of the tokens' Secrets are nobody's business.
        return &["apiVersion", "kind", "metadata", "imagePullSecrets", "automountServiceAccountToken"];
    }
    if *kind == kinds::ROLE_BINDING || *kind == kinds::CLUSTER_ROLE_BINDING {
        return &["apiVersion", "kind", "metadata.name", "metadata.namespace", "subjects"];
    }
    if *kind == kinds::SECRET {
        // Not its annotations: kubectl keeps a copy of the whole Secret there.
        return &["apiVersion", "kind", "metadata.name", "metadata.namespace", "data", "immutable"];
    }
    if *kind == kinds::CONFIG_MAP {
        return &["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"];
    }
    if *kind == kinds::POD_DISRUPTION_BUDGET {
        return &["apiVersion", "kind", "metadata", "spec.minAvailable", "spec.maxUnavailable", "spec.selector"];
    }
    if *kind == kinds::HORIZONTAL_POD_AUTOSCALER {
        // Not how fast they scale, which only concerns themselves.
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
        // Not their addresses.
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
        // Small objects, read in many places. A Pod's status is the larger part of it.
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

/// The field masks for objects of a kind that are listed. Kubewarden keeps a watch for each kind and mask, so that all
/// policies have the same; and the list of a whole cluster crosses into the module, so that it is narrow. Of workloads it is
/// who selects their pods, how many there are, which ports they have, and what spreads them.
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

/// Takes away what masks can't, as soon as an object of a cluster is there: the values of a Secret, of which policies
/// know the keys alone.
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
    fn of_a_secret_the_keys_remain() {
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
