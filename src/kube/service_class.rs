//! A workload's service class: how much depends on it.

use crate::json::node::{Malformed, Node};
use crate::kube::owner::is_made_by_workload;

/// The default label for a workload's class.
pub const LABEL: &str = "plimsoll.dev/service-class";

/// How much depends on a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceClass {
    /// It must be available and fast at all times.
    Core,
    /// It may be slower or away for a while.
    NonCore,
}

impl ServiceClass {
    /// The class of a workload, from the label `key` on its pods, or else on the object itself. `nonCore` is matched
    /// case-insensitively; without the label, or with any other value, the workload is core. `None` for an object without
    /// the label that another workload created: that workload may have the label without passing it on.
    ///
    /// # Errors
    /// When the label's value, or an owner, is malformed.
    pub fn of(object: Node<'_>, pod_metadata: Node<'_>, key: &str) -> Result<Option<ServiceClass>, Malformed> {
        let metadata = object.get("metadata");
        let written = match pod_metadata.get("labels").entry(key).str()? {
            Some(value) => Some(value),
            None => metadata.get("labels").entry(key).str()?,
        };
        Ok(match written {
            Some(value) if value.eq_ignore_ascii_case(ServiceClass::NonCore.name()) => Some(ServiceClass::NonCore),
            None if is_made_by_workload(object) => None,
            _ => Some(ServiceClass::Core),
        })
    }

    /// The word for it, in labels and in messages.
    pub fn name(self) -> &'static str {
        match self {
            ServiceClass::Core => "core",
            ServiceClass::NonCore => "nonCore",
        }
    }

    /// The value for this class.
    pub fn choose<T>(self, core: T, non_core: T) -> T {
        match self {
            ServiceClass::Core => core,
            ServiceClass::NonCore => non_core,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn class(own: Value, template: Value) -> ServiceClass {
        let object = json!({"metadata": {"labels": own}, "spec": {"template": {"metadata": {"labels": template}}}});
        let arena = PathArena::new();
        let root = Node::root(&object, &arena);
        ServiceClass::of(root, root.dig(&["spec", "template", "metadata"]), LABEL).unwrap().unwrap()
    }

    #[test]
    fn pod_label_takes_precedence() {
        let labelled = |value: &str| json!({ LABEL: value });
        for (own, template, expected) in [
            (json!(null), json!(null), ServiceClass::Core),
            (labelled("nonCore"), json!({}), ServiceClass::NonCore),
            (json!({}), labelled("noncore"), ServiceClass::NonCore),
            (labelled("nonCore"), labelled("core"), ServiceClass::Core),
            (labelled("core"), labelled("nonCore"), ServiceClass::NonCore),
            (labelled("gold"), json!(null), ServiceClass::Core),
        ] {
            assert_eq!(class(own.clone(), template.clone()), expected, "{own} {template}");
        }
    }

    #[test]
    fn class_of_created_objects_is_unknown() {
        let class = |metadata: Value| {
            let object = json!({ "metadata": metadata });
            let arena = PathArena::new();
            let root = Node::root(&object, &arena);
            ServiceClass::of(root, root.get("metadata"), LABEL).unwrap()
        };
        let owner =
            |api_version: &str, kind: &str| json!([{"apiVersion": api_version, "kind": kind, "controller": true}]);
        assert_eq!(class(json!({"ownerReferences": owner("apps/v1", "ReplicaSet")})), None);
        let labelled = json!({"labels": {LABEL: "core"}, "ownerReferences": owner("apps/v1", "ReplicaSet")});
        assert_eq!(class(labelled), Some(ServiceClass::Core));
        // Objects of operators are unknown; the workloads that they create are checked themselves.
        assert_eq!(class(json!({"ownerReferences": owner("example.com/v1", "Database")})), Some(ServiceClass::Core));
    }
}
