//! rbac.yaml: what PolicyServer has to be allowed so that a policy can look other objects up.

use anyhow::Result;
use plimsoll::policy::Meta;
use serde_json::json;

use crate::render::metadata::{HostCall, looked_up};

/// rbac.yaml; `None` for a policy that looks nothing up.
pub(crate) fn render(meta: &Meta) -> Result<Option<String>> {
    let mut groups: Vec<(HostCall, &str, Vec<&str>)> = Vec::new();
    for kind in looked_up(meta) {
        let call = HostCall::of(kind);
        match groups.iter_mut().find(|(known, group, _)| *known == call && *group == kind.group) {
            Some((_, _, resources)) => resources.push(kind.plural),
            None => groups.push((call, kind.group, vec![kind.plural])),
        }
    }
    if groups.is_empty() {
        return Ok(None);
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
    let name = format!("plimsoll-{}", meta.id);
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
    Ok(Some(format!(
        "# Made by `make gen`. The service account is that of the default PolicyServer, in the default namespace.\n{}---\n{}",
        super::yaml(&role)?,
        super::yaml(&binding)?
    )))
}
