//! The controller that manages an object.

use crate::json::node::Node;
use crate::kube::kinds::{self, Kind, POD_KINDS};

/// True for an object that a controller manages, such as a Deployment's ReplicaSet: changes belong in its owner.
pub fn is_controlled(object: Node<'_>) -> bool {
    controller(object).is_some()
}

/// The reference to the controller that manages an object.
pub fn controller(object: Node<'_>) -> Option<Node<'_>> {
    let mut owners = object.get("metadata").get("ownerReferences").items().ok()?;
    owners.find(|owner| owner.get("controller").bool() == Ok(Some(true)))
}

/// True for an object that a workload manages, such as a Deployment's ReplicaSet, not for what an operator's custom resource
/// creates.
pub fn is_made_by_workload(object: Node<'_>) -> bool {
    controller(object).is_some_and(|owner| {
        let (api_version, kind) = (text(owner, "apiVersion"), text(owner, "kind"));
        POD_KINDS.iter().any(|known| known.is(api_version, kind))
    })
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

/// What runs as static pods.
const COMPONENTS: [&str; 5] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"];

/// True for a static pod, which the kubelet runs from a file on its node: its mirror in the API, a file of kubeadm, or
/// any other with the same marks as kubeadm's.
pub fn is_static_pod(object: Node<'_>) -> bool {
    let metadata = object.get("metadata");
    let of_kubeadm = |key: &str| key == "kubernetes.io/config.mirror" || key.starts_with("kubeadm.kubernetes.io/");
    if metadata.get("annotations").entries().is_ok_and(|mut entries| entries.any(|(key, _)| of_kubeadm(key))) {
        return true;
    }
    let is = |node: Node<'_>, text| node.str() == Ok(Some(text));
    let labels = metadata.get("labels");
    let has_labels = || is(labels.get("tier"), "control-plane") && labels.get("component").exists();
    // Older installers label nothing.
    let is_named = || COMPONENTS.iter().any(|component| is(metadata.get("name"), component));
    is(object.get("kind"), kinds::POD.name)
        && is(metadata.get("namespace"), "kube-system")
        && (has_labels() || is_named())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn mirror_pods_and_kubeadm_files_are_static() {
        let is_static = |metadata: Value| {
            is_static_pod(Node::root(&json!({"kind": "Pod", "metadata": metadata}), &PathArena::new()))
        };
        let etcd = json!({"component": "etcd", "tier": "control-plane"});
        assert!(is_static(json!({"annotations": {"kubernetes.io/config.mirror": "x"}})));
        assert!(is_static(json!({"annotations": {"kubeadm.kubernetes.io/etcd.advertise-client-urls": "x"}})));
        assert!(is_static(json!({"namespace": "kube-system", "labels": etcd})));
        assert!(is_static(json!({"namespace": "kube-system", "name": "kube-scheduler"})));
        assert!(!is_static(json!({"namespace": "shop", "name": "kube-scheduler"})));
        assert!(!is_static(json!({"namespace": "kube-system", "name": "node-shell"})));
        assert!(!is_static(json!({"namespace": "shop", "labels": etcd})));
        assert!(!is_static(json!({"namespace": "kube-system", "labels": {"tier": "control-plane"}})));
        assert!(!is_static(json!({})));
    }

    #[test]
    fn daemon_sets_and_their_pods_are_daemons() {
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
