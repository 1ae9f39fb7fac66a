//! How much depends on a workload: its service class.

use crate::kube::node::{Malformed, Node};

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
    /// any case of letters; without the label, and with any other value, the workload is a core one.
    ///
    /// # Errors
    /// When the label's value is no string.
    pub fn of(object: Node<'_>, pod_metadata: Node<'_>, key: &str) -> Result<ServiceClass, Malformed> {
        let label = |metadata: Node<'_>| -> Result<Option<bool>, Malformed> {
            let written = metadata.get("labels").entry(key).str()?;
            Ok(written.map(|value| value.eq_ignore_ascii_case(ServiceClass::NonCore.name())))
        };
        let non_core = match label(pod_metadata)? {
            Some(answer) => answer,
            None => label(object.get("metadata"))?.unwrap_or_default(),
        };
        Ok(if non_core { ServiceClass::NonCore } else { ServiceClass::Core })
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kube::node::Trails;

    fn class(own: Value, template: Value) -> ServiceClass {
        let object = json!({"metadata": {"labels": own}, "spec": {"template": {"metadata": {"labels": template}}}});
        let trails = Trails::new();
        let root = Node::root(&object, &trails);
        ServiceClass::of(root, root.dig(&["spec", "template", "metadata"]), LABEL).unwrap()
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
}
