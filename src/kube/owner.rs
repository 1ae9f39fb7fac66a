//! The controller that manages an object.

use crate::json::node::Node;
use crate::kube::kinds::{self, Kind};

/// True for an object that a controller manages, such as a Deployment's ReplicaSet: changes belong in its owner.
pub fn is_controlled(object: Node<'_>) -> bool {
    let Ok(mut owners) = object.get("metadata").get("ownerReferences").items() else { return false };
    owners.any(|owner| owner.get("controller").bool() == Ok(Some(true)))
}

/// True for a DaemonSet and for its Pods.
pub fn is_daemon(object: Node<'_>, kind: &Kind) -> bool {
    if *kind == kinds::DAEMON_SET {
        return true;
    }
    let Ok(mut owners) = object.get("metadata").get("ownerReferences").items() else { return false };
    owners.any(|owner| {
        owner.get("controller").bool() == Ok(Some(true)) && owner.get("kind").str() == Ok(Some(kinds::DAEMON_SET.name))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn daemons_are_daemon_sets_and_their_pods() {
        let daemon = |object: Value, kind| is_daemon(Node::root(&object, &PathArena::new()), kind);
        let owned =
            |kind, controller| json!({"metadata": {"ownerReferences": [{"kind": kind, "controller": controller}]}});
        assert!(daemon(json!({}), &kinds::DAEMON_SET));
        assert!(daemon(owned("DaemonSet", true), &kinds::POD));
        assert!(!daemon(owned("DaemonSet", false), &kinds::POD));
        assert!(!daemon(owned("ReplicaSet", true), &kinds::POD));
        assert!(!daemon(json!({}), &kinds::POD));
    }
}
