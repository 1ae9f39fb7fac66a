//! Who keeps an object as it is: its controller.

use crate::json::node::Node;
use crate::kube::kinds::{self, Kind};

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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn a_daemon_is_known_by_its_kind_or_its_controller() {
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
