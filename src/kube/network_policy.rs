//! NetworkPolicies: which pods they select, and for which directions.

use serde::Deserialize;

use crate::json::node::{Malformed, Node};
use crate::kube::selector::Selector;

/// A direction of traffic, as `policyTypes` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Direction {
    /// Traffic to the pods.
    Ingress,
    /// Traffic from the pods.
    Egress,
}

impl Direction {
    /// The API's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        }
    }

    /// How messages name it.
    pub fn title(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }
}

/// All addresses of an IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum WholeNetwork {
    /// All of IPv4.
    #[serde(rename = "0.0.0.0/0")]
    V4,
    /// All of IPv6.
    #[serde(rename = "::/0")]
    V6,
}

impl WholeNetwork {
    /// The network, in any spelling: with a prefix length of 0 the address doesn't matter.
    pub fn of(cidr: &str) -> Option<WholeNetwork> {
        let (address, length) = cidr.split_once('/')?;
        let everything = !length.is_empty() && length.bytes().all(|digit| digit == b'0');
        everything.then_some(if address.contains(':') { WholeNetwork::V6 } else { WholeNetwork::V4 })
    }

    /// How messages name it.
    pub fn title(self) -> &'static str {
        match self {
            WholeNetwork::V4 => "IPv4",
            WholeNetwork::V6 => "IPv6",
        }
    }
}

/// A policy's pod selector. An absent `podSelector` defaults to an empty one.
///
/// # Errors
/// When it is malformed.
pub fn pod_selector(policy: Node<'_>) -> Result<Selector<'_>, Malformed> {
    let selector = Selector::read(policy.get("spec").mapping()?.get("podSelector"))?;
    Ok(selector.unwrap_or_else(Selector::everything))
}

/// True when the policy isolates its pods in that direction. Without `policyTypes` it isolates for ingress, and for egress
/// if it has an egress rule.
///
/// # Errors
/// When its fields have the wrong types.
pub fn isolates(policy: Node<'_>, direction: Direction) -> Result<bool, Malformed> {
    let spec = policy.get("spec").mapping()?;
    let mut typed = false;
    for name in spec.get("policyTypes").items()? {
        typed = true;
        if name.str()? == Some(direction.name()) {
            return Ok(true);
        }
    }
    Ok(!typed && (direction == Direction::Ingress || spec.get("egress").items()?.len() > 0))
}

/// True when one of the policy's rules refers to a port by this name.
pub fn names_port(policy: Node<'_>, name: &str) -> bool {
    ["ingress", "egress"].into_iter().any(|rules| {
        let mut rules = policy.get("spec").get(rules).items().into_iter().flatten();
        rules.any(|rule| {
            let mut ports = rule.get("ports").items().into_iter().flatten();
            ports.any(|port| port.get("port").str() == Ok(Some(name)))
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn policy_types_default_by_rules() {
        for (spec, ingress, egress) in [
            (json!({}), true, false),
            (json!({"policyTypes": []}), true, false),
            (json!({"egress": []}), true, false),
            (json!({"egress": [{}]}), true, true),
            (json!({"policyTypes": ["Egress"]}), false, true),
            (json!({"policyTypes": ["Ingress"], "egress": [{}]}), true, false),
        ] {
            let policy: Value = json!({"spec": spec});
            let arena = PathArena::new();
            let policy_node = Node::root(&policy, &arena);
            let found = [Direction::Ingress, Direction::Egress].map(|direction| isolates(policy_node, direction));
            assert_eq!(found, [Ok(ingress), Ok(egress)], "{policy}");
        }
    }

    #[test]
    fn absent_pod_selector_selects_every_pod() {
        let policy = json!({"spec": {}});
        let arena = PathArena::new();
        assert!(pod_selector(Node::root(&policy, &arena)).unwrap().is_empty());
    }

    #[test]
    fn ports_are_named_in_rules_of_both_directions() {
        let policy = json!({"spec": {"ingress": [{}, {"ports": [{"port": 80}, {"port": "web"}]}],
            "egress": [{"ports": [{"port": "dns", "protocol": "UDP"}]}]}});
        let arena = PathArena::new();
        let root = Node::root(&policy, &arena);
        assert!(names_port(root, "web") && names_port(root, "dns"));
        assert!(!names_port(root, "http"));
    }
}
