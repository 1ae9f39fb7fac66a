//! What a container may do: its own security context over its pod's.

use crate::kube::container::Container;
use crate::kube::node::{Malformed, Node};
use crate::kube::pod::Pod;

/// The security context that counts for one container.
///
/// Some fields stand on the pod as well, and a container inherits them one by one unless it sets them itself, to
/// whatever value. The others only exist on containers: written on the pod, they are nothing.
#[derive(Clone, Copy)]
pub struct SecurityContext<'a> {
    own: Node<'a>,
    pod: Node<'a>,
}

/// A field that a container inherits unless it sets the field itself.
#[derive(Clone, Copy)]
pub struct Inherited<'a> {
    /// Where the value that counts stands; where neither sets one, the place on the container.
    pub node: Node<'a>,
    /// Whether the value is the pod's.
    pub from_pod: bool,
}

impl<'a> SecurityContext<'a> {
    /// The context of a container of `pod`.
    ///
    /// # Errors
    /// When the container's or the pod's `securityContext` is no mapping.
    pub fn of(container: &Container<'a>, pod: &Pod<'a>) -> Result<SecurityContext<'a>, Malformed> {
        Ok(SecurityContext { own: container.get("securityContext").mapping()?, pod: shared(pod)? })
    }

    fn inherited(&self, own: Node<'a>, pod: Node<'a>) -> Inherited<'a> {
        let from_pod = !own.exists() && pod.exists();
        Inherited { node: if from_pod { pod } else { own }, from_pod }
    }

    fn field(&self, key: &'static str) -> Inherited<'a> {
        self.inherited(self.own.get(key), self.pod.get(key))
    }

    /// The container's own `securityContext`, for fields that pods don't have and for places to write to.
    pub fn own(&self) -> Node<'a> {
        self.own
    }

    /// `runAsNonRoot`, a boolean. Windows has it too.
    pub fn run_as_non_root(&self) -> Inherited<'a> {
        self.field("runAsNonRoot")
    }

    /// `runAsUser`, a number. The API forbids it in Windows pods.
    pub fn run_as_user(&self) -> Inherited<'a> {
        self.field("runAsUser")
    }

    /// `runAsGroup`, a number. The API forbids it in Windows pods.
    pub fn run_as_group(&self) -> Inherited<'a> {
        self.field("runAsGroup")
    }

    /// `seccompProfile`, a mapping that is inherited as a whole. The API forbids it in Windows pods.
    pub fn seccomp_profile(&self) -> Inherited<'a> {
        self.field("seccompProfile")
    }

    /// A field of `windowsOptions`, which are inherited one by one: `runAsUserName`, `hostProcess`.
    pub fn windows_option(&self, key: &'static str) -> Inherited<'a> {
        let options = |context: Node<'a>| context.get("windowsOptions").get(key);
        self.inherited(options(self.own), options(self.pod))
    }

    /// `capabilities.drop`, a list of names, of containers alone.
    pub fn dropped_capabilities(&self) -> Node<'a> {
        self.own.get("capabilities").get("drop")
    }

    /// `capabilities.add`, a list of names, of containers alone.
    pub fn added_capabilities(&self) -> Node<'a> {
        self.own.get("capabilities").get("add")
    }
}

/// The pod's own `securityContext`, for fields that only pods have (`sysctls`, `fsGroup`) and for places to write to.
///
/// # Errors
/// When it is no mapping.
pub fn shared<'a>(pod: &Pod<'a>) -> Result<Node<'a>, Malformed> {
    pod.spec().get("securityContext").mapping()
}

/// True when a container of the pod is a Windows HostProcess container. All of them are then, and the API demands
/// `hostNetwork`.
///
/// # Errors
/// When a security context has the wrong type.
pub fn is_host_process(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.containers() {
        if SecurityContext::of(container, pod)?.windows_option("hostProcess").node.bool()? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The name of a capability without `CAP_`, as written otherwise.
pub fn bare_capability(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case("CAP_") => bare,
        _ => name,
    }
}

/// True when both names mean the same capability to a container runtime: `NET_RAW`, `net_raw` and `CAP_NET_RAW` do.
pub fn same_capability(one: &str, other: &str) -> bool {
    bare_capability(one).eq_ignore_ascii_case(bare_capability(other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kube::kinds::POD;
    use crate::kube::node::Trails;

    #[test]
    fn a_container_wins_field_by_field_in_both_directions() {
        let object = json!({"spec": {
            "securityContext": {"runAsUser": 0, "runAsNonRoot": true, "windowsOptions": {"runAsUserName": "a"}},
            "containers": [
                {"name": "own", "securityContext": {
                    "runAsUser": 1000, "runAsNonRoot": false, "windowsOptions": {"hostProcess": true}}},
                {"name": "heir", "securityContext": {"runAsUser": null}},
            ],
        }});
        let trails = Trails::new();
        let pod = Pod::of(Node::root(&object, &trails), &POD).unwrap().unwrap();
        let contexts: Vec<_> =
            pod.containers().iter().map(|container| SecurityContext::of(container, &pod).unwrap()).collect();

        assert_eq!(contexts[0].run_as_user().node.int(), Ok(Some(1000)));
        assert_eq!(contexts[0].run_as_non_root().node.bool(), Ok(Some(false)));
        assert_eq!(contexts[0].windows_option("runAsUserName").node.str(), Ok(Some("a")));
        let user = contexts[1].run_as_user();
        assert!(user.from_pod);
        assert_eq!(user.node.path().as_str(), "/spec/securityContext/runAsUser");
        let group = contexts[1].run_as_group();
        assert!(!group.from_pod);
        assert_eq!(group.node.path().as_str(), "/spec/containers/1/securityContext/runAsGroup");
        assert_eq!(is_host_process(&pod), Ok(true));
    }

    #[test]
    fn capabilities_have_many_spellings() {
        for name in ["NET_RAW", "net_raw", "CAP_NET_RAW", "cap_net_raw"] {
            assert!(same_capability(name, "NET_RAW"), "{name}");
        }
        assert!(!same_capability("NET_ADMIN", "NET_RAW"));
        assert_eq!(bare_capability("ALL"), "ALL");
        assert_eq!(bare_capability("äöü"), "äöü");
    }
}
