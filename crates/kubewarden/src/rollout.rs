//! How policies come into a cluster.

use serde::Serialize;
use serde_json::{Value, json};

use crate::rules::{module, module_in};

/// What the custom resources of policies have in common. What is not said is Kubewarden's default.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Where the modules are, as `HOST/PREFIX`.
    #[serde(skip)]
    pub registry: Option<String>,
    /// The PolicyServer that runs them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_server: Option<String>,
    /// Whether findings reject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The namespaces in which they check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<Value>,
}

impl Rollout {
    /// The reference of this version of a policy's module.
    pub fn module(&self, id: &str) -> String {
        self.registry.as_deref().map_or_else(|| module(id), |registry| module_in(registry, id))
    }
}

/// Whether findings reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Findings are logged and counted, and nothing is rejected.
    Monitor,
    /// Findings reject.
    Protect,
}

/// Only these namespaces, or all without any, but for the excluded ones.
pub fn namespace_selector(only: &[String], excluded: &[String]) -> Option<Value> {
    let requirement = |operator: &str, names: &[String]| {
        let name = "kubernetes.io/metadata.name";
        (!names.is_empty()).then(|| json!({"key": name, "operator": operator, "values": names}))
    };
    let requirements: Vec<Value> =
        [requirement("In", only), requirement("NotIn", excluded)].into_iter().flatten().collect();
    (!requirements.is_empty()).then(|| json!({"matchExpressions": requirements}))
}
