//! Well-known node labels of Kubernetes, clouds and autoscalers: current names, old names and common misspellings.

use crate::json::node::{Malformed, Node};

/// The labels that identify a node's group, for each provider.
pub const NODE_GROUPS: [&str; 9] = [
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "karpenter.sh/nodepool",
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/compute-class",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "kops.k8s.io/instancegroup",
    "doks.digitalocean.com/node-pool",
];

/// The labels that identify a node's machine type or machine family.
pub const INSTANCE_TYPES: [&str; 6] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "karpenter.k8s.aws/instance-family",
    "eks.amazonaws.com/instance-family",
    "karpenter.azure.com/sku-family",
    "cloud.google.com/machine-family",
];

/// A label that was renamed.
struct Renamed {
    old: &'static str,
    new: &'static str,
    /// The minor version of Kubernetes since which nodes have the new one.
    since: u16,
    /// Whether nodes with the old one also have the new one, with the same value.
    same: bool,
}

const RENAMED: [Renamed; 7] = [
    Renamed { old: "beta.kubernetes.io/arch", new: "kubernetes.io/arch", since: 14, same: true },
    Renamed { old: "beta.kubernetes.io/os", new: "kubernetes.io/os", since: 14, same: true },
    Renamed { old: "beta.kubernetes.io/instance-type", new: "node.kubernetes.io/instance-type", since: 17, same: true },
    Renamed {
        old: "failure-domain.beta.kubernetes.io/zone",
        new: "topology.kubernetes.io/zone",
        since: 17,
        same: true,
    },
    Renamed {
        old: "failure-domain.beta.kubernetes.io/region",
        new: "topology.kubernetes.io/region",
        since: 17,
        same: true,
    },
    // Since 1.24 nodes only have the new one, and some installers give it another value.
    Renamed {
        old: "node-role.kubernetes.io/master",
        new: "node-role.kubernetes.io/control-plane",
        since: 20,
        same: false,
    },
    // A Provisioner's name need not be the NodePool's.
    Renamed { old: "karpenter.sh/provisioner-name", new: "karpenter.sh/nodepool", since: 0, same: false },
];

/// Node labels that people misspell.
const KNOWN: [&str; 16] = [
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "kubernetes.io/hostname",
    "node.kubernetes.io/instance-type",
    "node.kubernetes.io/windows-build",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "node-role.kubernetes.io/control-plane",
    "eks.amazonaws.com/nodegroup",
    "eks.amazonaws.com/capacityType",
    "karpenter.sh/nodepool",
    "karpenter.sh/capacity-type",
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/gke-spot",
    "kubernetes.azure.com/agentpool",
    "kubernetes.azure.com/scalesetpriority",
];

/// A label of RKE's nodes, which only looks misspelt.
const CONTROLPLANE: &str = "node-role.kubernetes.io/controlplane";

/// The prefixes that people confuse. With others, such as `node-restriction.kubernetes.io`, clusters have labels of their
/// own.
const PREFIXES: [&str; 6] = [
    "kubernetes.io",
    "node.kubernetes.io",
    "topology.kubernetes.io",
    "beta.kubernetes.io",
    "failure-domain.kubernetes.io",
    "failure-domain.beta.kubernetes.io",
];

/// The number of wrong, missing or extra letters with which a label is still recognised.
const LETTERS: usize = 2;

/// What to write instead of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The label.
    pub key: &'static str,
    /// Why.
    pub reason: Reason,
}

/// Why to write another label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The label was renamed. `same`: every node with it also has the new one, with the same value.
    Renamed {
        /// See above.
        same: bool,
    },
    /// A misspelt node label.
    Misspelt,
}

/// What to write instead of `key`, on Kubernetes `1.minor`; `None` for current labels and unknown ones.
pub fn successor(key: &str, minor: u16) -> Option<Successor> {
    if let Some(renamed) = RENAMED.iter().find(|renamed| renamed.old == key) {
        let reason = Reason::Renamed { same: renamed.same };
        return (minor >= renamed.since).then_some(Successor { key: renamed.new, reason });
    }
    if KNOWN.contains(&key) || key == CONTROLPLANE {
        return None;
    }
    let misspelt = |key: &'static str| Some(Successor { key, reason: Reason::Misspelt });
    if let Some((prefix, name)) = key.split_once('/')
        && PREFIXES.contains(&prefix)
    {
        for known in KNOWN {
            if known.split_once('/').is_some_and(|(prefix, known)| known == name && PREFIXES.contains(&prefix)) {
                return misspelt(known);
            }
        }
    }
    if let Some(known) = KNOWN.into_iter().find(|known| distance(known, key) <= LETTERS) {
        return misspelt(known);
    }
    RENAMED.iter().find(|renamed| distance(renamed.old, key) <= LETTERS).and_then(|renamed| misspelt(renamed.new))
}

/// How many letters have to be added, removed or replaced to turn one into the other, ignoring case.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > LETTERS {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.bytes().enumerate() {
        let mut above_left = index;
        let mut left = index + 1;
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, wanted) in cells.zip(other.bytes()) {
            let replaced = above_left + usize::from(!letter.eq_ignore_ascii_case(&wanted));
            above_left = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A place where a pod uses a node label.
#[derive(Clone, Copy)]
pub struct Mention<'a> {
    /// The place of the label's name; in `nodeSelector` that of its value, since the name is the key.
    pub node: Node<'a>,
    /// The label.
    pub key: &'a str,
    /// Where it is used.
    pub place: Place,
}

/// Where a node label is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `nodeSelector`.
    NodeSelector,
    /// An expression of node affinity.
    NodeAffinity,
    /// The `topologyKey` of pod affinity or anti-affinity.
    PodAffinity,
    /// The `topologyKey` of a topology spread constraint.
    Spread,
}

impl Place {
    /// Its name in messages.
    pub fn title(self) -> &'static str {
        match self {
            Place::NodeSelector => "nodeSelector",
            Place::NodeAffinity => "node affinity",
            Place::PodAffinity | Place::Spread => "topologyKey",
        }
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Every place where the pod with this spec uses a node label.
///
/// # Errors
/// When its fields have the wrong types.
pub fn mentions<'a>(spec: Node<'a>) -> Result<Vec<Mention<'a>>, Malformed> {
    let mut mentions = Vec::new();
    for (key, node) in spec.get("nodeSelector").entries()? {
        mentions.push(Mention { node, key, place: Place::NodeSelector });
    }
    let mut add = |node: Node<'a>, place| {
        mentions.extend(node.str()?.map(|key| Mention { node, key, place }));
        Ok(())
    };
    let affinity = spec.get("affinity");
    let nodes = affinity.get("nodeAffinity");
    let terms = nodes.get(REQUIRED).get("nodeSelectorTerms").items()?;
    for term in terms.chain(nodes.get(PREFERRED).items()?.map(|weighted| weighted.get("preference"))) {
        for expression in term.get("matchExpressions").items()? {
            add(expression.get("key"), Place::NodeAffinity)?;
        }
    }
    for pods in [affinity.get("podAffinity"), affinity.get("podAntiAffinity")] {
        let preferred = pods.get(PREFERRED).items()?.map(|weighted| weighted.get("podAffinityTerm"));
        for term in pods.get(REQUIRED).items()?.chain(preferred) {
            add(term.get("topologyKey"), Place::PodAffinity)?;
        }
    }
    for constraint in spec.get("topologySpreadConstraints").items()? {
        add(constraint.get("topologyKey"), Place::Spread)?;
    }
    Ok(mentions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_have_successors_since_a_version() {
        let renamed = |same| Reason::Renamed { same };
        let zone = Successor { key: "topology.kubernetes.io/zone", reason: renamed(true) };
        assert_eq!(successor("failure-domain.beta.kubernetes.io/zone", 36), Some(zone));
        assert_eq!(successor("failure-domain.beta.kubernetes.io/zone", 16), None);
        let control_plane = Successor { key: "node-role.kubernetes.io/control-plane", reason: renamed(false) };
        assert_eq!(successor("node-role.kubernetes.io/master", 36), Some(control_plane));
    }

    #[test]
    fn misspelt_labels_are_recognised_and_others_are_not() {
        for (key, expected) in [
            ("kubernetes.io/hostname", None),
            ("node-role.kubernetes.io/controlplane", None),
            ("node-role.kubernetes.io/worker", None),
            ("node-restriction.kubernetes.io/zone", None),
            ("topology.ebs.csi.aws.com/zone", None),
            ("topology.kubernetes.io/rack", None),
            ("kubernetes.io/role", None),
            ("zone", None),
            ("example.com/hostname", None),
            ("", None),
            ("topology.kubernetes.io/hostname", Some("kubernetes.io/hostname")),
            ("failure-domain.kubernetes.io/zone", Some("topology.kubernetes.io/zone")),
            ("kubernetes.io/instance-type", Some("node.kubernetes.io/instance-type")),
            ("topology.kubernets.io/zone", Some("topology.kubernetes.io/zone")),
            ("topolgoy.kubernetes.io/zone", Some("topology.kubernetes.io/zone")),
            ("topology.kubernetes.io/zones", Some("topology.kubernetes.io/zone")),
            ("kubernetes.io/hostName", Some("kubernetes.io/hostname")),
            ("kubernetes.io.hostname", Some("kubernetes.io/hostname")),
            ("karpenter.sh/node-pool", Some("karpenter.sh/nodepool")),
            ("eks.amazonaws.com/node-group", Some("eks.amazonaws.com/nodegroup")),
            ("failure-domain.beta.kubernetes.io/zones", Some("topology.kubernetes.io/zone")),
        ] {
            assert_eq!(successor(key, 36).map(|successor| successor.key), expected, "{key}");
        }
    }

    #[test]
    fn known_labels_are_not_misspellings_of_each_other() {
        for one in KNOWN {
            assert!(KNOWN.iter().all(|other| *other == one || distance(one, other) > LETTERS), "{one}");
            assert!(
                NODE_GROUPS
                    .iter()
                    .chain(&INSTANCE_TYPES)
                    .all(|key| { successor(key, 36).is_none_or(|successor| successor.reason != Reason::Misspelt) })
            );
        }
    }

    #[test]
    fn distance_counts_letters() {
        for (one, other, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("zone", "zoen", 2), ("zone", "Zone", 0), ("zone", "one", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
