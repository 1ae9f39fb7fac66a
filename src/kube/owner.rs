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
    fn a_daemon_is_known_by_its_kind_or_its_controller() {
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
