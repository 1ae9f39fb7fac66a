//! Workloads that keep a number of identical pods running.

use crate::json::json;
use crate::json::node::{Malformed, Node};
use crate::kube::kinds::{self, Kind};
use crate::kube::owner::is_controlled;
use crate::kube::percent::IntOrPercent;
use crate::kube::selector::{Labels, Selector};

/// The kinds that keep `spec.replicas` pods running. A DaemonSet has one per node, and a Job's pods finish.
pub static REPLICATED: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
];

/// Those that policies look up in a cluster, and list among their `needs`. Watching the ReplicaSet of every revision
/// would cost a cluster too much for the few without an owner.
pub static LOOKED_UP: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET];

/// One such workload.
#[derive(Clone, Copy)]
pub struct Workload<'a> {
    object: Node<'a>,
    kind: &'static Kind,
}

impl<'a> Workload<'a> {
    /// The workload that an object of `kind` is; `None` for other kinds, for a Deployment's ReplicaSet, whose pods are the
    /// Deployment's, and for a Rollout with a `workloadRef`, whose pods are those of the Deployment that it refers to.
    pub fn of(object: Node<'a>, kind: &'static Kind) -> Option<Workload<'a>> {
        let is_revision =
            [&kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER].contains(&kind) && is_controlled(object);
        let refers = *kind == kinds::ROLLOUT && referred_deployment(object).is_some();
        (REPLICATED.contains(&kind) && !is_revision && !refers).then_some(Workload { object, kind })
    }

    /// The whole object.
    pub fn object(&self) -> Node<'a> {
        self.object
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Its name; empty when it has none.
    pub fn name(&self) -> &'a str {
        self.object.get("metadata").get("name").str().ok().flatten().unwrap_or_default()
    }

    /// Its name in messages: `Deployment "web"`.
    pub fn title(&self) -> String {
        [self.kind.name, " \"", self.name(), "\""].concat()
    }

    /// The place of the number of pods.
    pub fn replicas_node(&self) -> Node<'a> {
        self.object.get("spec").get("replicas")
    }

    /// The number of pods as written; it defaults to 1, unless an autoscaler sets it.
    ///
    /// # Errors
    /// When it is not a whole number.
    pub fn replicas(&self) -> Result<Option<i64>, Malformed> {
        self.replicas_node().int()
    }

    /// The metadata of its pods.
    pub fn pod_metadata(&self) -> Node<'a> {
        self.object.dig(self.kind.template.unwrap_or_default()).get("metadata")
    }

    /// The labels of its pods, by which other objects select it.
    pub fn labels(&self) -> Labels<'a> {
        Labels::of(self.pod_metadata())
    }

    /// The metadata of an object that goes with it: its own name, namespace and labels. `None` when it has no name yet.
    pub fn accompanying_metadata(&self) -> Option<serde_json::Value> {
        let mut metadata = json!({ "name": Some(self.name()).filter(|name| !name.is_empty())? });
        let fields = metadata.as_object_mut()?;
        for field in ["namespace", "labels"] {
            if let Some(value) = self.object.get("metadata").get(field).value() {
                fields.insert(field.to_owned(), value.clone());
            }
        }
        Some(metadata)
    }

    /// Its own selector in the form that other objects use: a ReplicationController's plain labels become `matchLabels`.
    /// `None` when it has none, or one that doesn't match its own pods.
    pub fn selector(&self) -> Option<serde_json::Value> {
        let node = self.object.get("spec").get("selector");
        let plain = [&kinds::REPLICATION_CONTROLLER, &kinds::DEPLOYMENT_CONFIG].contains(&self.kind);
        let selector = if plain { Selector::read_plain(node) } else { Selector::read(node) };
        selector.ok().flatten().filter(|selector| !selector.is_empty() && selector.matches(self.labels()))?;
        let value = node.value()?.clone();
        Some(if plain { json!({ "matchLabels": value }) } else { value })
    }
}

/// The Deployment whose pod template a Rollout uses instead of one of its own: its `workloadRef`.
pub fn referred_deployment<'a>(rollout: Node<'a>) -> Option<&'a str> {
    let spec = rollout.get("spec");
    let reference = spec.get("workloadRef");
    let is_deployment = reference.get("kind").str() == Ok(Some(kinds::DEPLOYMENT.name));
    if spec.get("template").exists() || !is_deployment { None } else { reference.get("name").str().ok()? }
}

/// A Deployment's rolling update.
pub struct RollingUpdate<'a> {
    /// The place of `maxUnavailable`.
    pub max_unavailable_node: Node<'a>,
    /// How many pods may be missing; defaults to 25%.
    pub max_unavailable: IntOrPercent,
    /// The place of `maxSurge`.
    pub max_surge_node: Node<'a>,
    /// How many extra pods there may be; defaults to 25%.
    pub max_surge: IntOrPercent,
}

impl<'a> RollingUpdate<'a> {
    /// The rolling update of a Deployment; `None` with another strategy.
    ///
    /// # Errors
    /// When its fields have the wrong types.
    pub fn of(deployment: Node<'a>) -> Result<Option<RollingUpdate<'a>>, Malformed> {
        let strategy = deployment.get("spec").get("strategy").mapping()?;
        if !matches!(strategy.get("type").str()?, None | Some("RollingUpdate")) {
            return Ok(None);
        }
        let rolling = strategy.get("rollingUpdate").mapping()?;
        let max_unavailable_node = rolling.get("maxUnavailable");
        let max_surge_node = rolling.get("maxSurge");
        let quarter = IntOrPercent::Percent(25);
        Ok(Some(RollingUpdate {
            max_unavailable_node,
            max_unavailable: IntOrPercent::read(max_unavailable_node)?.unwrap_or(quarter),
            max_surge_node,
            max_surge: IntOrPercent::read(max_surge_node)?.unwrap_or(quarter),
        }))
    }

    /// How many of `pods` may be missing during the update.
    pub fn unavailable(&self, pods: i64) -> i64 {
        let unavailable = self.max_unavailable.rounded_down(pods).min(pods);
        // The Deployment controller's own rule: an update that could neither add nor remove a pod would never progress.
        if unavailable <= 0 && self.max_surge.rounded_up(pods) <= 0 { pods.min(1) } else { unavailable.max(0) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn unavailable(rolling: Value, pods: i64) -> i64 {
        let object = json!({"spec": {"strategy": {"rollingUpdate": rolling}}});
        let arena = PathArena::new();
        RollingUpdate::of(Node::root(&object, &arena)).unwrap().unwrap().unavailable(pods)
    }

    #[test]
    fn max_unavailable_defaults_to_25_percent_and_rounds_down() {
        let of = |pods| unavailable(json!(null), pods);
        assert_eq!([1, 2, 3, 4, 7, 8].map(of), [0, 0, 0, 1, 1, 2]);
    }

    #[test]
    fn update_without_surge_removes_at_least_one_pod() {
        assert_eq!(unavailable(json!({"maxSurge": 0, "maxUnavailable": "25%"}), 3), 1);
        assert_eq!(unavailable(json!({"maxSurge": 1, "maxUnavailable": "25%"}), 3), 0);
        assert_eq!(unavailable(json!({"maxSurge": 0, "maxUnavailable": "25%"}), 0), 0);
        assert_eq!(unavailable(json!({"maxUnavailable": 9}), 3), 3);
    }

    #[test]
    fn recreate_is_not_a_rolling_update() {
        let object = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let arena = PathArena::new();
        assert!(RollingUpdate::of(Node::root(&object, &arena)).unwrap().is_none());
    }

    #[test]
    fn controlled_replica_set_is_not_a_workload() {
        let arena = PathArena::new();
        let owned = json!({"metadata": {"ownerReferences": [{"kind": "Deployment", "controller": true}]}});
        assert!(Workload::of(Node::root(&owned, &arena), &kinds::REPLICA_SET).is_none());
        assert!(Workload::of(Node::root(&owned, &arena), &kinds::STATEFUL_SET).is_some());
        assert!(Workload::of(Node::root(&json!({}), &arena), &kinds::REPLICA_SET).is_some());
        assert!(Workload::of(Node::root(&json!({}), &arena), &kinds::DAEMON_SET).is_none());
    }

    #[test]
    fn rollout_with_a_workload_ref_is_not_a_workload() {
        let arena = PathArena::new();
        let refers = json!({"spec": {"workloadRef": {"kind": "Deployment", "name": "web"}}});
        assert_eq!(referred_deployment(Node::root(&refers, &arena)), Some("web"));
        assert!(Workload::of(Node::root(&refers, &arena), &kinds::ROLLOUT).is_none());
        let own = json!({"spec": {"template": {}}});
        assert!(Workload::of(Node::root(&own, &arena), &kinds::ROLLOUT).is_some());
    }
}
