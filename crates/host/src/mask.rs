use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The kept paths as a tree. A node without children keeps everything below it.
#[derive(Default)]
struct Mask<'a>(BTreeMap<&'a str, Mask<'a>>);

impl<'a> Mask<'a> {
    fn new(paths: &'a BTreeSet<String>) -> Self {
        let mut root = Mask::default();
        for path in paths {
            let mut node = &mut root;
            for member in path.split('.') {
                node = node.0.entry(member).or_default();
            }
        }
        root
    }

    fn prune(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::Object(members) => members.retain(|name, value| match self.0.get(name.as_str()) {
                Some(below) => {
                    below.prune(value);
                    true
                }
                None => false,
            }),
            Value::Array(items) => items.iter_mut().for_each(|item| self.prune(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// An object as `get_resource` returns it.
pub(crate) fn got(mut object: Value, masks: Option<&BTreeSet<String>>) -> Value {
    let Some(masks) = masks else { return object };
    // A real host stores type and metadata separately and masks only the rest.
    let kept: Vec<(String, Value)> = ["apiVersion", "kind", "metadata"]
        .into_iter()
        .filter_map(|name| object.as_object_mut()?.remove_entry(name))
        .collect();
    Mask::new(masks).prune(&mut object);
    if let Value::Object(members) = &mut object {
        members.extend(kept);
    }
    object
}

/// An object as an item of a list: without its type, which the API server's lists omit, and without managed fields and
/// kubectl's annotation.
pub(crate) fn listed(object: Value, masks: Option<&BTreeSet<String>>) -> Value {
    let mut object = got(object, masks);
    if let Value::Object(members) = &mut object {
        members.remove("apiVersion");
        members.remove("kind");
        if let Some(Value::Object(metadata)) = members.get_mut("metadata") {
            // Both are present and empty rather than absent.
            metadata.insert("managedFields".to_owned(), Value::Array(Vec::new()));
            let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(annotations) = annotations {
                annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            }
        }
    }
    object
}
