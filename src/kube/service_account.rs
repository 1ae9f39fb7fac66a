//! The ServiceAccount that a pod runs as.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds;
use crate::kube::pod::Pod;

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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

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
