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

/// Which files are patches, by the kustomizations that were read.
#[derive(Default)]
pub(crate) struct Patches {
    /// The files that a kustomization takes for patches.
    named: HashSet<String>,
    /// The directories of kustomizations.
    directories: HashSet<String>,
    /// The files that a kustomization takes for objects.
    resources: HashSet<String>,
}

impl Patches {
    /// Adds what a kustomization says of files.
    pub(crate) fn add(&mut self, source: &Source, kustomization: &Value) {
        let (directory, _) = place_of(&source.name);
        let path_of = |path: &str| normal(&format!("{directory}/{path}"));
        for list in PATCHES.iter().filter_map(|field| kustomization.get(field)?.as_array()) {
            for entry in list {
                let path = entry.as_str().or_else(|| entry.get("path")?.as_str());
                // A patch may be written out in place of a path.
                if let Some(path) = path.filter(|path| !path.contains('\n')) {
                    self.named.insert(path_of(path));
                }
            }
        }
        if let Some(resources) = kustomization.get("resources").and_then(Value::as_array) {
            self.resources.extend(resources.iter().filter_map(Value::as_str).map(path_of));
        }
        self.directories.insert(normal(directory));
    }

    /// True for a file that was named as a patch, or that is called one beside a kustomization that has no use for it: in
    /// scaffolds, patches wait for somebody to uncomment them.
    pub(crate) fn has(&self, source: &Source) -> bool {
        if self.directories.is_empty() {
            return false;
        }
        let path = normal(&source.name);
        let (directory, name) = place_of(&path);
        let is_called = || name.split(['_', '-', '.']).any(|word| word == "patch");
        let waits = || self.directories.contains(directory) && is_called() && !self.resources.contains(&path);
        self.named.contains(&path) || waits()
    }
}

/// The directory of a file, and its name there.
fn place_of(path: &str) -> (&str, &str) {
    path.rsplit_once(['/', '\\']).unwrap_or(("", path))
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
    fn patches_are_named_or_called_so_beside_a_kustomization() {
        let source = |name: &str| Source {
            name: name.to_owned(),
            path: None,
            text: Vec::new(),
            named: false,
            pass_over: true,
            cut: false,
        };
        let mut patches = Patches::default();
        assert!(!patches.has(&source("default/manager_config_patch.yaml")));
        patches.add(
            &source("./default/kustomization.yaml"),
            &json!({"resources": ["../rbac", "crd-patch.yaml"], "patches": [{"path": "replicas.yaml"}]}),
        );
        assert!(patches.has(&source("default/manager_config_patch.yaml")));
        assert!(patches.has(&source("default/replicas.yaml")));
        assert!(!patches.has(&source("default/crd-patch.yaml")));
        assert!(!patches.has(&source("default/dispatch.yaml")));
        assert!(!patches.has(&source("manager/manager_config_patch.yaml")));
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal("./a//b/../c.yaml"), "a/c.yaml");
        assert_eq!(normal("../../a.yaml"), "../../a.yaml");
        assert_eq!(normal("/a.yaml"), "a.yaml");
    }
}
