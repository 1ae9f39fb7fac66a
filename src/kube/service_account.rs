//! The ServiceAccount that a pod runs as.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds;
use crate::kube::object::DEFAULT_NAMESPACE;
use crate::kube::pod::Pod;
use crate::kube::rbac::{ACCOUNTS, Who, subjects};

/// The account that exists in every namespace, and that pods without a `serviceAccountName` run as.
pub const DEFAULT: &str = "default";

/// The name of a pod's account.
pub struct AccountName<'a> {
    /// Where it is set, or would be.
    pub node: Node<'a>,
    /// The name.
    pub name: &'a str,
}

impl<'a> AccountName<'a> {
    /// Reads `serviceAccountName`, or the deprecated `serviceAccount`.
    ///
    /// # Errors
    /// When one of them is not a string.
    pub fn of(pod: &Pod<'a>) -> Result<AccountName<'a>, Malformed> {
        let [node, deprecated] = ["serviceAccountName", "serviceAccount"].map(|key| pod.spec().get(key));
        for node in [node, deprecated] {
            if let Some(name) = node.str()?.filter(|name| !name.is_empty()) {
                return Ok(AccountName { node, name });
            }
        }
        Ok(AccountName { node, name: DEFAULT })
    }

    /// How messages name it: `ServiceAccount "web"`.
    pub fn title(&self) -> String {
        [kinds::SERVICE_ACCOUNT.name, " \"", self.name, "\""].concat()
    }
}

/// True when the binding grants rights to the account of this name. A namespace that is left out may be any, except for
/// `default`, whose name says nothing.
pub fn grants(binding: Node<'_>, account: &str, namespace: Option<&str>) -> bool {
    subjects(binding).into_iter().flatten().any(|subject| match (subject.who, namespace) {
        (Who::Account(_, name), _) if name != account => false,
        (Who::Account(Some(granted), _), Some(own)) => granted == own,
        (Who::Account(granted, _), own) => {
            account != DEFAULT || granted.or(own).unwrap_or(DEFAULT_NAMESPACE) == DEFAULT_NAMESPACE
        }
        _ => false,
    })
}

/// True when the binding grants rights to every account of the namespace.
pub fn grants_everybody(binding: Node<'_>, namespace: &str) -> bool {
    subjects(binding).into_iter().flatten().any(|subject| match subject.who {
        Who::Group(group) => group.strip_prefix(ACCOUNTS).is_some_and(|rest| match rest.strip_prefix(':') {
            Some(granted) => granted == namespace,
            None => rest.is_empty(),
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn binding_grants_to_account_in_its_namespace() {
        let binding = json!({"metadata": {"namespace": "ops"}, "subjects": [
            {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
            {"kind": "ServiceAccount", "name": "job"},
            {"kind": "ServiceAccount", "name": "default", "namespace": "shop"},
            {"kind": "User", "name": "alice"},
        ]});
        let arena = PathArena::new();
        for (account, namespace, expected) in [
            ("web", Some("shop"), true),
            ("web", Some("ops"), false),
            ("web", None, true),
            ("job", Some("ops"), true),
            ("job", Some("shop"), false),
            ("default", Some("shop"), true),
            ("default", None, false),
            ("alice", Some("ops"), false),
        ] {
            let granted = grants(Node::root(&binding, &arena), account, namespace);
            assert_eq!(granted, expected, "{account} in {namespace:?}");
        }
    }

    #[test]
    fn binding_grants_to_every_account_by_a_group() {
        for (group, expected) in [
            ("system:serviceaccounts", true),
            ("system:serviceaccounts:shop", true),
            ("system:serviceaccounts:ops", false),
            ("system:serviceaccountsx", false),
            ("system:authenticated", false),
        ] {
            let binding = json!({"subjects": [{"kind": "Group", "name": group}]});
            let arena = PathArena::new();
            assert_eq!(grants_everybody(Node::root(&binding, &arena), "shop"), expected, "{group}");
        }
    }

    #[test]
    fn reads_both_fields_and_defaults() {
        for (spec, name, place) in [
            (json!({}), "default", "/spec/serviceAccountName"),
            (json!({"serviceAccountName": ""}), "default", "/spec/serviceAccountName"),
            (json!({"serviceAccount": "old"}), "old", "/spec/serviceAccount"),
            (json!({"serviceAccount": "old", "serviceAccountName": "new"}), "new", "/spec/serviceAccountName"),
        ] {
            let object: Value = json!({"spec": spec});
            let arena = PathArena::new();
            let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
            let account = AccountName::of(&pod).unwrap();
            assert_eq!((account.name, account.node.path().as_str()), (name, place));
        }
    }
}
