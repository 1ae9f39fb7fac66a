//! The custom resource of a policy.

use serde::Serialize;
use serde_json::Value;

use crate::rollout::Rollout;
use crate::rules::{ContextAwareResource, Rule, context_aware, rules};
use crate::shipped::Shipped;

/// A `ClusterAdmissionPolicy`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    api_version: &'static str,
    kind: &'static str,
    metadata: Name,
    /// Its content.
    pub spec: Spec,
}

#[derive(Clone, Debug, Serialize)]
struct Name {
    name: &'static str,
}

/// The content of a `ClusterAdmissionPolicy`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// Where the module is.
    pub module: String,
    /// How it comes into the cluster.
    #[serde(flatten)]
    pub rollout: Rollout,
    /// Whether it may change objects.
    pub mutating: bool,
    /// The requests that it checks.
    pub rules: Vec<Rule>,
    /// The kinds that it may look up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context_aware_resources: Vec<ContextAwareResource>,
    /// Its settings.
    pub settings: Value,
}

/// The custom resource that deploys a module with these settings.
pub fn manifest(shipped: Shipped, settings: Value) -> Manifest {
    rolled_out(shipped, settings, Rollout::default())
}

/// The same with choices.
pub fn rolled_out(shipped: Shipped, settings: Value, rollout: Rollout) -> Manifest {
    let metadata = shipped.metadata();
    Manifest {
        api_version: "policies.kubewarden.io/v1",
        kind: "ClusterAdmissionPolicy",
        metadata: Name { name: metadata.id },
        spec: Spec {
            module: rollout.module(metadata.id),
            rollout,
            mutating: mutates(&settings),
            rules: rules(shipped),
            context_aware_resources: context_aware(metadata),
            settings,
        },
    }
}

/// Whether settings enable fixes, which the custom resource has to allow.
pub fn mutates(settings: &Value) -> bool {
    match settings {
        Value::Object(fields) => {
            fields.get("onViolation").and_then(Value::as_str) == Some("fix")
                || fields
                    .get("policies")
                    .and_then(Value::as_object)
                    .is_some_and(|policies| policies.values().any(mutates))
        }
        _ => false,
    }
}
