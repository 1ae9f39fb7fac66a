//! Workloads that keep a number of like pods running.

use crate::context::Context;
use crate::inventory::{Found, InventoryError, Narrow};
use crate::kube::kinds::{self, Kind};
use crate::kube::node::{Malformed, Node};
use crate::kube::percent::IntOrPercent;
use crate::kube::scaling::Scaler;
use crate::kube::selector::{Labels, Selector};
use crate::policy::CheckError;

/// The kinds that keep `spec.replicas` pods. A DaemonSet's number is the cluster's nodes', a Job's is its own affair.
pub static REPLICATED: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER, &kinds::ROLLOUT];

/// Those of them that a policy looks up in a cluster, and so has among its `needs`. Watching every revision's ReplicaSet
/// would cost the cluster more than the few that nobody owns are worth.
pub static LOOKED_UP: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET];

/// One such workload.
#[derive(Clone, Copy)]
pub struct Workload<'a> {
    object: Node<'a>,
    kind: &'static Kind,
}

impl<'a> Workload<'a> {
    /// The workload that an object of `kind` is; `None` for other kinds, and for the ReplicaSet that a Deployment makes,
    /// whose pods are the Deployment's.
    pub fn of(object: Node<'a>, kind: &'static Kind) -> Option<Workload<'a>> {
        let part = [&kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER].contains(&kind) && is_controlled(object);
        (REPLICATED.contains(&kind) && !part).then_some(Workload { object, kind })
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

    /// How messages name it: `Deployment "web"`.
    pub fn title(&self) -> String {
        [self.kind.name, " \"", self.name(), "\""].concat()
    }

    /// The place of the number of pods.
    pub fn replicas_node(&self) -> Node<'a> {
        self.object.get("spec").get("replicas")
    }

    /// The number of pods as it is written; absent means 1, unless an autoscaler says otherwise.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn replicas(&self) -> Result<Option<i64>, Malformed> {
        self.replicas_node().int()
    }

    /// The metadata of its pods.
    pub fn pod_metadata(&self) -> Node<'a> {
        self.object.dig(self.kind.template.unwrap_or_default()).get("metadata")
    }

    /// The labels of its pods, which are what others select it by.
    pub fn labels(&self) -> Labels<'a> {
        Labels::of(self.pod_metadata())
    }

    /// The metadata of an object that goes with it: its own name and namespace. `None` when it has no name yet.
    pub fn companion_metadata(&self) -> Option<serde_json::Value> {
        let mut metadata = serde_json::json!({ "name": Some(self.name()).filter(|name| !name.is_empty())? });
        let namespace = self.object.get("metadata").get("namespace").value();
        if let (Some(namespace), Some(fields)) = (namespace, metadata.as_object_mut()) {
            fields.insert("namespace".to_owned(), namespace.clone());
        }
        Some(metadata)
    }

    /// Its own selector in the form that other objects have: a ReplicationController's plain labels become
    /// `matchLabels`. `None` when it has none, or one that doesn't select its own pods.
    pub fn selector(&self) -> Option<serde_json::Value> {
        let node = self.object.get("spec").get("selector");
        let plain = *self.kind == kinds::REPLICATION_CONTROLLER;
        let selector = if plain { Selector::read_plain(node) } else { Selector::read(node) };
        selector.ok().flatten().filter(|selector| !selector.is_empty() && selector.matches(self.labels()))?;
        let value = node.value()?.clone();
        Some(if plain { serde_json::json!({ "matchLabels": value }) } else { value })
    }
}

/// True for an object that a controller keeps as its owner wants it, such as a Deployment's ReplicaSet: what is wrong
/// with it is to be changed at the owner.
pub fn is_controlled(object: Node<'_>) -> bool {
    let Ok(mut owners) = object.get("metadata").get("ownerReferences").items() else { return false };
    owners.any(|owner| owner.get("controller").bool() == Ok(Some(true)))
}

/// True for a DaemonSet, and for a Pod that one makes.
pub fn is_daemon(object: Node<'_>, kind: &Kind) -> bool {
    if *kind == kinds::DAEMON_SET {
        return true;
    }
    let Ok(mut owners) = object.get("metadata").get("ownerReferences").items() else { return false };
    owners.any(|owner| {
        owner.get("controller").bool() == Ok(Some(true)) && owner.get("kind").str() == Ok(Some(kinds::DAEMON_SET.name))
    })
}

/// How a Deployment replaces its pods a few at a time.
pub struct RollingUpdate<'a> {
    /// The place of `maxUnavailable`.
    pub max_unavailable_node: Node<'a>,
    /// How many pods may be missing; 25% when absent.
    pub max_unavailable: IntOrPercent,
    /// The place of `maxSurge`.
    pub max_surge_node: Node<'a>,
    /// How many pods there may be too many; 25% when absent.
    pub max_surge: IntOrPercent,
}

impl<'a> RollingUpdate<'a> {
    /// The rolling update of a Deployment; `None` when its strategy is another.
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
        // The Deployment controller's own rule: an update that could neither add nor take away a pod would never move.
        if unavailable <= 0 && self.max_surge.rounded_up(pods) <= 0 { pods.min(1) } else { unavailable.max(0) }
    }
}

/// The workloads in the judged object's namespace whose pods `selector` selects.
///
/// # Errors
/// When they can't be had; among files also when none is selected and not every kind was given.
pub fn selected_by(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Vec<Found>, InventoryError> {
    let mut selected = Vec::new();
    let mut not_given = None;
    for &kind in REPLICATED {
        let narrow = Narrow::SelectedBy(selector);
        let answer = if LOOKED_UP.contains(&kind) { cx.list(kind, narrow) } else { cx.list_optional(kind, narrow) };
        match answer {
            Ok(found) => selected.extend(found.into_iter().filter(|found| {
                Workload::of(found.root(cx.trails()), kind).is_some_and(|found| selector.matches(found.labels()))
            })),
            Err(error @ InventoryError::NotGiven { .. }) => not_given = not_given.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    // What is selected speaks for itself: nobody spreads one service over several kinds and hands in half of it.
    match not_given {
        Some(error) if selected.is_empty() => Err(error),
        _ => Ok(selected),
    }
}

/// The workload of this kind and name in the judged object's namespace, if it is one of [`REPLICATED`] and is there.
///
/// # Errors
/// When it can't be had.
pub fn named(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Option<Found>, InventoryError> {
    if !REPLICATED.contains(&kind) {
        return Ok(None);
    }
    let narrow = Narrow::Named(name);
    let found = if LOOKED_UP.contains(&kind) { cx.list(kind, narrow)? } else { cx.list_optional(kind, narrow)? };
    Ok(found.into_iter().find(|found| found.name() == name))
}

/// The workload that the judged object is about: itself, or what it scales. `None` for other objects, and when that isn't
/// there or is no kind that is known here.
///
/// # Errors
/// When a reference has fields of the wrong types, or what is scaled can't be had.
pub fn at_issue(cx: &Context<'_>) -> Result<Option<Found>, CheckError> {
    if let Some(scaler) = Scaler::of(cx.object(), cx.kind()) {
        let Some((kind, name)) = scaler.target()? else { return Ok(None) };
        return Ok(named(cx, kind, name)?);
    }
    Ok(Workload::of(cx.object(), cx.kind()).and_then(|_| cx.judged()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kube::node::Trails;

    fn unavailable(rolling: Value, pods: i64) -> i64 {
        let object = json!({"spec": {"strategy": {"rollingUpdate": rolling}}});
        let trails = Trails::new();
        RollingUpdate::of(Node::root(&object, &trails)).unwrap().unwrap().unavailable(pods)
    }

    #[test]
    fn a_quarter_is_the_default_and_rounds_down() {
        let of = |pods| unavailable(json!(null), pods);
        assert_eq!([1, 2, 3, 4, 7, 8].map(of), [0, 0, 0, 1, 1, 2]);
    }

    #[test]
    fn an_update_that_could_not_move_takes_one() {
        assert_eq!(unavailable(json!({"maxSurge": 0, "maxUnavailable": "25%"}), 3), 1);
        assert_eq!(unavailable(json!({"maxSurge": 1, "maxUnavailable": "25%"}), 3), 0);
        assert_eq!(unavailable(json!({"maxSurge": 0, "maxUnavailable": "25%"}), 0), 0);
        assert_eq!(unavailable(json!({"maxUnavailable": 9}), 3), 3);
    }

    #[test]
    fn recreating_is_no_rolling_update() {
        let object = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let trails = Trails::new();
        assert!(RollingUpdate::of(Node::root(&object, &trails)).unwrap().is_none());
    }

    #[test]
    fn a_daemon_is_told_by_its_kind_or_its_controller() {
        let daemon = |object: Value, kind| is_daemon(Node::root(&object, &Trails::new()), kind);
        let owned =
            |kind, controller| json!({"metadata": {"ownerReferences": [{"kind": kind, "controller": controller}]}});
        assert!(daemon(json!({}), &kinds::DAEMON_SET));
        assert!(daemon(owned("DaemonSet", true), &kinds::POD));
        assert!(!daemon(owned("DaemonSet", false), &kinds::POD));
        assert!(!daemon(owned("ReplicaSet", true), &kinds::POD));
        assert!(!daemon(json!({}), &kinds::POD));
    }

    #[test]
    fn a_revision_is_no_workload_of_its_own() {
        let trails = Trails::new();
        let owned = json!({"metadata": {"ownerReferences": [{"kind": "Deployment", "controller": true}]}});
        assert!(Workload::of(Node::root(&owned, &trails), &kinds::REPLICA_SET).is_none());
        assert!(Workload::of(Node::root(&owned, &trails), &kinds::STATEFUL_SET).is_some());
        assert!(Workload::of(Node::root(&json!({}), &trails), &kinds::REPLICA_SET).is_some());
        assert!(Workload::of(Node::root(&json!({}), &trails), &kinds::DAEMON_SET).is_none());
    }
}
