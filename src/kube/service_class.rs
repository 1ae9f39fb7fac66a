//! How much depends on a workload: its service class.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds::POD_KINDS;

/// The label that says a workload's class, where settings don't name another.
pub const LABEL: &str = "plimsoll.dev/service-class";

/// How much depends on a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceClass {
    /// It has to be there, and fast, at any hour.
    Core,
    /// It may be slower or away for a while.
    NonCore,
}

impl ServiceClass {
    /// The class that the label `key` gives a workload: on its pods, or else on the object itself. `nonCore` counts in
    /// any case of letters; without the label, and with any other value, the workload is a core one. `None` for an object
    /// without the label that another workload has made: that one may well have it, and hasn't passed it on.
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
            None if is_made_by_workload(metadata)? => None,
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

    /// What holds for this class.
    pub fn choose<T>(self, core: T, non_core: T) -> T {
        match self {
            ServiceClass::Core => core,
            ServiceClass::NonCore => non_core,
        }
    }
}

fn is_made_by_workload(metadata: Node<'_>) -> Result<bool, Malformed> {
    for owner in metadata.get("ownerReferences").items()? {
        let (api_version, kind) = (owner.get("apiVersion").str()?, owner.get("kind").str()?);
        let (api_version, kind) = (api_version.unwrap_or_default(), kind.unwrap_or_default());
        if owner.get("controller").bool()? == Some(true) && POD_KINDS.iter().any(|known| known.is(api_version, kind)) {
            return Ok(true);
        }
    }
    Ok(false)
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
    fn the_pods_label_counts_before_the_objects() {
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
    fn what_a_workload_made_may_have_its_class() {
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
        // Operators are checked by the pods that they make: nothing is known of their own objects.
        assert_eq!(class(json!({"ownerReferences": owner("example.com/v1", "Database")})), Some(ServiceClass::Core));
    }
}
