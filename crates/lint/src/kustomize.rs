//! Kustomize: which of the files given are patches, which are no objects of their own.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::source::Source;

/// The document, if it says how a directory is built, as what it means: its kind may be left out.
pub(crate) fn kustomization(source: &Source, document: &Value) -> Option<Arc<Value>> {
    let name = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_named = ["kustomization.yaml", "kustomization.yml"].contains(&name);
    match document.get("apiVersion").and_then(Value::as_str) {
        Some(version) if !version.starts_with("kustomize.config.k8s.io/") => return None,
        None if !is_named || document.get("metadata").is_some() => return None,
        _ => {}
    }
    let mut value = document.clone();
    let fields = value.as_object_mut()?;
    fields.entry("apiVersion").or_insert_with(|| json!("kustomize.config.k8s.io/v1beta1"));
    fields.entry("kind").or_insert_with(|| json!("Kustomization"));
    Some(Arc::new(value))
}

/// Lists whose entries are files with patches, or with what changes objects on their way.
const PATCHES: &[&str] = &[
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "transformers",
    "validators",
    "generators",
];

/// Adds the files that a kustomization takes for patches.
pub(crate) fn add_patches(source: &Source, kustomization: &Value, patches: &mut HashSet<String>) {
    let directory = source.name.rsplit_once(['/', '\\']).map_or("", |(directory, _)| directory);
    for list in PATCHES.iter().filter_map(|field| kustomization.get(field)?.as_array()) {
        for entry in list {
            let path = entry.as_str().or_else(|| entry.get("path")?.as_str());
            // A patch may be written out in place of a path.
            if let Some(path) = path.filter(|path| !path.contains('\n')) {
                patches.insert(normal(&format!("{directory}/{path}")));
            }
        }
    }
}

/// True for a file that was named as a patch.
pub(crate) fn is_patch(source: &Source, patches: &HashSet<String>) -> bool {
    !patches.is_empty() && patches.contains(&normal(&source.name))
}

/// A path without detours.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(last) if part == ".." && *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// True for an object with a directive of a strategic merge patch.
pub(crate) fn has_directive(value: &Value) -> bool {
    let is_directive = |key: &String| {
        ["$patch", "$retainKeys"].contains(&key.as_str())
            || key.starts_with("$setElementOrder/")
            || key.starts_with("$deleteFromPrimitiveList/")
    };
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| is_directive(key) || has_directive(value)),
        Value::Array(items) => items.iter().any(has_directive),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal("./a//b/../c.yaml"), "a/c.yaml");
        assert_eq!(normal("../../a.yaml"), "../../a.yaml");
        assert_eq!(normal("/a.yaml"), "a.yaml");
    }
}
