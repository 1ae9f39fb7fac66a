//! What PolicyServer has to be allowed so that policies can look other objects up.

use plimsoll::kube::kinds::Kind;
use serde_json::{Value, json};

use crate::rules::HostCall;

/// A role for looking these kinds up, and its binding to the service account of the default PolicyServer; `None` when
/// nothing is looked up.
pub fn rbac(name: &str, kinds: impl IntoIterator<Item = &'static Kind>) -> Option<[Value; 2]> {
    let mut groups: Vec<(HostCall, &str, Vec<&str>)> = Vec::new();
    for kind in kinds {
        let call = HostCall::of(kind);
        match groups.iter_mut().find(|(known, group, _)| *known == call && *group == kind.group) {
            Some((_, _, resources)) if resources.contains(&kind.plural) => {}
            Some((_, _, resources)) => resources.push(kind.plural),
            None => groups.push((call, kind.group, vec![kind.plural])),
        }
    }
    if groups.is_empty() {
        return None;
    }
    let rule = |(call, group, resources): &(HostCall, &str, Vec<&str>)| {
        let verbs: &[&str] = match call {
            HostCall::Get => &["get"],
            // Kubewarden watches what it lists.
            HostCall::List => &["get", "list", "watch"],
        };
        json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
    };
    let rules: Vec<_> = groups.iter().map(rule).collect();
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": "policy-server", "namespace": "kubewarden"}],
    });
    Some([role, binding])
}
