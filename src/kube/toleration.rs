//! Tolerations: which node taints a pod tolerates.

use crate::json::node::{Malformed, Node};

/// The taints that keep workloads off the control plane: the current one, the one before Kubernetes 1.24, and RKE's.
pub const CONTROL_PLANE_TAINTS: [&str; 3] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master", "node-role.kubernetes.io/controlplane"];

/// One entry of a pod's `tolerations`. Absent fields are empty, as in the API.
#[derive(Clone, Copy)]
pub struct Toleration<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The taint's key; empty means any.
    pub key: &'a str,
    /// `Exists`, or how the value is compared; `Equal` when absent.
    pub operator: &'a str,
    /// The taint's value.
    pub value: &'a str,
    /// The taint's effect; empty means any.
    pub effect: &'a str,
    /// How long the pod stays on a node with a `NoExecute` taint.
    pub seconds: Option<i64>,
}

impl Toleration<'_> {
    /// Its name in messages: `toleration of example.com/gpu`, or just `toleration`.
    pub fn title(&self) -> String {
        if self.key.is_empty() { "toleration".to_owned() } else { ["toleration of ", self.key].concat() }
    }
}

/// The pod's tolerations, in the manifest's order.
///
/// # Errors
/// When one of them is malformed.
pub fn tolerations<'a>(spec: Node<'a>) -> Result<Vec<Toleration<'a>>, Malformed> {
    let mut tolerations = Vec::new();
    for node in spec.get("tolerations").items()? {
        let node = node.mapping()?;
        let text = |key| node.get(key).str().map(Option::unwrap_or_default);
        tolerations.push(Toleration {
            node,
            key: text("key")?,
            operator: Some(text("operator")?).filter(|operator| !operator.is_empty()).unwrap_or("Equal"),
            value: text("value")?,
            effect: text("effect")?,
            seconds: node.get("tolerationSeconds").int()?,
        });
    }
    Ok(tolerations)
}
