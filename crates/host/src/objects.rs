use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Cluster, selector};

/// A cluster in memory: the objects it was made from, in their order.
///
/// An object without `metadata.namespace` counts as cluster-scoped: callers write `default` explicitly, as the API
/// server would.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    by_kind: BTreeMap<(String, String), Vec<Value>>,
}

impl Objects {
    /// Objects without `apiVersion` or `kind` can never be looked up.
    pub fn new(objects: Vec<Value>) -> Self {
        let mut by_kind: BTreeMap<_, Vec<Value>> = BTreeMap::new();
        for object in objects {
            let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            by_kind.entry((text("apiVersion"), text("kind"))).or_default().push(object);
        }
        Self { by_kind }
    }

    fn of_kind(&self, api_version: &str, kind: &str) -> &[Value] {
        self.by_kind.get(&(api_version.to_owned(), kind.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }
}

fn metadata<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get("metadata")?.get(name)?.as_str()
}

impl Cluster for Objects {
    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
        field_selector: Option<&str>,
    ) -> Result<Vec<Value>, String> {
        let mut found = Vec::new();
        for object in self.of_kind(api_version, kind) {
            if (namespace.is_none() || metadata(object, "namespace") == namespace)
                && selector::labels_match(label_selector.unwrap_or_default(), object)?
                && selector::fields_match(field_selector.unwrap_or_default(), object)?
            {
                found.push(object.clone());
            }
        }
        Ok(found)
    }

    fn get(&self, api_version: &str, kind: &str, name: &str, namespace: Option<&str>) -> Result<Option<Value>, String> {
        for object in self.of_kind(api_version, kind).iter().filter(|object| metadata(object, "name") == Some(name)) {
            match (metadata(object, "namespace"), namespace) {
                (Some(_), None) => {
                    return Err(format!("Resource {api_version}/{kind} is namespaced, but no namespace was provided"));
                }
                (Some(theirs), Some(wanted)) if theirs != wanted => {}
                // Cluster-scoped objects ignore the namespace.
                _ => return Ok(Some(object.clone())),
            }
        }
        Ok(None)
    }
}
