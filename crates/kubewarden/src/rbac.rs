//! The permissions that PolicyServer needs for the policies' look-ups.

use plimsoll::kube::kinds::Kind;
use serde_json::{Value, json};

use crate::rules::HostCall;

/// A role for these look-ups, and its binding to the service account of the default PolicyServer; `None` without
/// look-ups.
pub fn rbac(name: &str, look_ups: impl IntoIterator<Item = (&'static Kind, HostCall)>) -> Option<[Value; 2]> {
    rbac_for(name, look_ups, "kubewarden", "policy-server")
}

/// The same for another service account.
pub fn rbac_for(
    name: &str,
    look_ups: impl IntoIterator<Item = (&'static Kind, HostCall)>,
    namespace: &str,
    account: &str,
) -> Option<[Value; 2]> {
    let mut rules: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for (kind, verbs) in verbs(look_ups) {
        match rules.iter_mut().find(|(group, _, known)| *group == kind.group && *known == verbs) {
            Some((_, resources, _)) => resources.push(kind.plural),
            None => rules.push((kind.group, vec![kind.plural], verbs)),
        }
    }
    if rules.is_empty() {
        return None;
    }
    let rule = |(group, resources, verbs): &(&str, Vec<&str>, Vec<&str>)| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    let rules: Vec<_> = rules.iter().map(rule).collect();
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
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    Some([role, binding])
}

/// The verbs that each of the kinds needs, in the order of the look-ups.
fn verbs(look_ups: impl IntoIterator<Item = (&'static Kind, HostCall)>) -> Vec<(&'static Kind, Vec<&'static str>)> {
    let mut all: Vec<(&'static Kind, Vec<HostCall>)> = Vec::new();
    for (kind, call) in look_ups {
        match all.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, calls)) => calls.push(call),
            None => all.push((kind, vec![call])),
        }
    }
    let verbs = |calls: &[HostCall]| {
        let made = [HostCall::Get, HostCall::List].into_iter().filter(|call| calls.contains(call));
        made.flat_map(HostCall::verbs).copied().collect()
    };
    all.iter().map(|(kind, calls)| (*kind, verbs(calls))).collect()
}
