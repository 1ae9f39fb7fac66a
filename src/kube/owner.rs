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
        owner.get("controller").bool() == Ok(Some(true))
            && kinds::DAEMON_SET.is(text(owner, "apiVersion"), text(owner, "kind"))
    })
}

fn text<'a>(owner: Node<'a>, key: &'static str) -> &'a str {
    owner.get(key).str().ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn daemons_are_daemon_sets_and_their_pods() {
        let daemon = |object: Value, kind| is_daemon(Node::root(&object, &PathArena::new()), kind);
        let owned = |version, kind, controller| json!({"metadata": {"ownerReferences": [{"apiVersion": version, "kind": kind, "controller": controller}]}});
        assert!(daemon(json!({}), &kinds::DAEMON_SET));
        assert!(daemon(owned("apps/v1", "DaemonSet", true), &kinds::POD));
        assert!(!daemon(owned("apps/v1", "DaemonSet", false), &kinds::POD));
        assert!(!daemon(owned("apps/v1", "ReplicaSet", true), &kinds::POD));
        assert!(!daemon(owned("example.com/v1", "DaemonSet", true), &kinds::POD));
        assert!(!daemon(json!({}), &kinds::POD));
    }
}
