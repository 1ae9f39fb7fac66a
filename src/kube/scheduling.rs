//! Rules that keep a workload's pods apart or together: pod affinity and anti-affinity, topology spread constraints.

use crate::json::node::{Malformed, Node};
use crate::kube::selector::{Labels, Selector};

/// A rule that keeps pods apart.
pub struct Apart<'a> {
    /// The rule.
    pub node: Node<'a>,
    /// The node label whose values the pods are spread over.
    pub topology_key: &'a str,
    /// Whether it applies to the workload's own pods: it selects their labels in their namespace.
    pub own: bool,
    /// How it keeps them apart.
    pub means: Means,
}

impl Apart<'_> {
    /// True when it only applies among the pods of one revision, so that a rollout's new pods may be beside old ones.
    ///
    /// # Errors
    /// When `matchLabelKeys` is not a list of strings.
    pub fn is_per_revision(&self) -> Result<bool, Malformed> {
        for key in self.node.get("matchLabelKeys").items()? {
            if key.str()? == Some("pod-template-hash") {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The means by which pods are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Pod anti-affinity that the scheduler must obey.
    RequiredAntiAffinity,
    /// Pod anti-affinity that the scheduler prefers to obey.
    PreferredAntiAffinity,
    /// A topology spread constraint that the scheduler must obey.
    RequiredSpread,
    /// A topology spread constraint that the scheduler prefers to obey.
    PreferredSpread,
}

impl Means {
    /// Its name in messages.
    pub fn title(self) -> &'static str {
        match self {
            Means::RequiredAntiAffinity | Means::PreferredAntiAffinity => "pod anti-affinity",
            Means::RequiredSpread | Means::PreferredSpread => "topology spread constraint",
        }
    }

    /// True for pod anti-affinity.
    pub fn is_anti_affinity(self) -> bool {
        matches!(self, Means::RequiredAntiAffinity | Means::PreferredAntiAffinity)
    }
}

/// Every rule that keeps the pods of a template apart, from the pod's `spec`, `labels` and `namespace`.
///
/// # Errors
/// When rules have fields of the wrong types.
pub fn rules<'a>(spec: Node<'a>, labels: Labels<'_>, namespace: &str) -> Result<Vec<Apart<'a>>, Malformed> {
    let mut rules = Vec::new();
    let anti_affinity = spec.get("affinity").get("podAntiAffinity");
    for node in anti_affinity.get("requiredDuringSchedulingIgnoredDuringExecution").items()? {
        rules.push(term(node, labels, namespace, Means::RequiredAntiAffinity)?);
    }
    for weighted in anti_affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items()? {
        rules.push(term(weighted.get("podAffinityTerm"), labels, namespace, Means::PreferredAntiAffinity)?);
    }
    for node in spec.get("topologySpreadConstraints").items()? {
        let required = matches!(node.get("whenUnsatisfiable").str()?, None | Some("DoNotSchedule"));
        rules.push(Apart {
            node,
            topology_key: node.get("topologyKey").str()?.unwrap_or_default(),
            own: Selector::read(node.get("labelSelector"))?.is_some_and(|selector| selector.matches(labels)),
            means: if required { Means::RequiredSpread } else { Means::PreferredSpread },
        });
    }
    Ok(rules)
}

/// The node labels of whose values all pods of a template must share one: required pod affinity that selects them.
///
/// # Errors
/// When a term has fields of the wrong types.
pub fn shared_keys<'a>(spec: Node<'a>, labels: Labels<'_>, namespace: &str) -> Result<Vec<&'a str>, Malformed> {
    let mut keys = Vec::new();
    let affinity = spec.get("affinity").get("podAffinity");
    for node in affinity.get("requiredDuringSchedulingIgnoredDuringExecution").items()? {
        let rule = term(node, labels, namespace, Means::RequiredAntiAffinity)?;
        if rule.own {
            keys.push(rule.topology_key);
        }
    }
    Ok(keys)
}

fn term<'a>(node: Node<'a>, labels: Labels<'_>, namespace: &str, means: Means) -> Result<Apart<'a>, Malformed> {
    let mut here = node.get("namespaceSelector").exists();
    let mut any = false;
    for name in node.get("namespaces").items()? {
        any = true;
        here |= name.str()? == Some(namespace);
    }
    // Without a list and a selector, the term applies to the pod's own namespace. A non-empty selector may select it too.
    here |= !any;
    // Labels that must differ exclude the workload's own pods, which have the same values.
    let mut differs = false;
    for key in node.get("mismatchLabelKeys").items()? {
        differs |= key.str()?.is_some_and(|key| labels.get(key).is_some());
    }
    let selected = Selector::read(node.get("labelSelector"))?.is_some_and(|selector| selector.matches(labels));
    let topology_key = node.get("topologyKey").str()?.unwrap_or_default();
    Ok(Apart { node, topology_key, own: selected && here && !differs, means })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn own(term: Value) -> bool {
        let spec = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}});
        let metadata = json!({"labels": {"app": "web"}});
        let arena = PathArena::new();
        let labels = Labels::of(Node::root(&metadata, &arena));
        rules(Node::root(&spec, &arena), labels, "shop").unwrap()[0].own
    }

    #[test]
    fn term_applies_to_own_pods_only_with_their_labels_and_namespace() {
        let mine = json!({"matchLabels": {"app": "web"}});
        assert!(own(json!({"labelSelector": mine})));
        assert!(own(json!({"labelSelector": {}})));
        assert!(!own(json!({})));
        assert!(!own(json!({"labelSelector": {"matchLabels": {"app": "api"}}})));
        assert!(own(json!({"labelSelector": mine, "namespaces": ["shop"]})));
        assert!(!own(json!({"labelSelector": mine, "namespaces": ["bank"]})));
        assert!(own(json!({"labelSelector": mine, "namespaces": ["bank"], "namespaceSelector": {}})));
        assert!(!own(json!({"labelSelector": mine, "mismatchLabelKeys": ["app"]})));
        assert!(own(json!({"labelSelector": mine, "mismatchLabelKeys": ["tenant"]})));
    }
}
