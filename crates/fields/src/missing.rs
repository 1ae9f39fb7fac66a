//! Whether a missing field is a fault: what is in a file may be a patch, or completed by another tool.

use serde_json::{Map, Value};

/// A mapping that lacks fields it has to have.
pub(crate) struct Beside<'v> {
    /// The kind of the object.
    pub kind: &'v str,
    /// Whether the mapping is the whole object.
    pub is_object: bool,
    /// Whether it is the object's `spec`.
    pub is_spec: bool,
    /// What it has.
    pub fields: &'v Map<String, Value>,
    /// Whether one field is missing, and others that are required are there.
    pub lacks_one: bool,
}

impl Beside<'_> {
    /// Whether what is there shows that the field was forgotten.
    pub(crate) fn should_have(&self, name: &str) -> bool {
        match self.kind {
            // Patches add certificates and selectors to webhooks.
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
                self.fields.contains_key("clientConfig") && self.fields.contains_key("rules")
            }
            // Without metadata or a spec, an object is unfinished or a patch.
            _ if self.is_object || name == "metadata" => false,
            _ => self.lacks_one || !self.is_spec,
        }
    }
}

/// Whether an object of one of Kubernetes' own kinds has what patches leave out.
pub(crate) fn is_whole(kind: &str, object: &Value) -> bool {
    let has = |pointer: &str| object.pointer(pointer).is_some_and(|value| !value.is_null());
    let pod = match kind {
        "Pod" => "/spec",
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" if !has("/spec/selector") => return false,
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" | "ReplicationController" | "Job" => {
            "/spec/template/spec"
        }
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "CustomResourceDefinition" => return has("/spec/group") && has("/spec/names"),
        "PersistentVolume" => return has("/spec/accessModes") && has("/spec/capacity"),
        "PodTemplate" => return false,
        _ => return true,
    };
    let Some(pod) = object.pointer(pod) else { return false };
    let containers = pod.get("containers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has_image = |container: &Value| container.get("image").is_some_and(Value::is_string);
    let restarts = !matches!(kind, "Job" | "CronJob") || pod.get("restartPolicy").is_some();
    restarts && !containers.is_empty() && containers.iter().all(has_image)
}
