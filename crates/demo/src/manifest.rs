//! The objects of a manifest, as an API server receives them.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use plimsoll::kube::kinds::Kind;
use plimsoll_manifest::{Limits, ReadError, objects, read as read_documents};
use serde_json::Value;

/// The manifest's name in messages.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads a manifest: its objects in order, and the errors of documents that could not be read.
pub fn read(path: &Path) -> anyhow::Result<(Vec<Value>, Vec<ReadError>)> {
    let mut text = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut text).context("cannot read standard input")?;
    } else {
        text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let file = read_documents(&text, &Limits::default());
    let objects = file
        .documents
        .iter()
        .flat_map(|document| objects(document).map(|(_, object)| in_namespace(object.into_owned())).collect::<Vec<_>>())
        .filter(|object| object.get("kind").is_some_and(Value::is_string))
        .collect();
    Ok((objects, file.errors))
}

/// kubectl sends an object without a namespace to the namespace of its context, here `default`.
fn in_namespace(mut object: Value) -> Value {
    if Kind::of(&object).is_some_and(|kind| kind.namespaced)
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.entry("namespace").or_insert_with(|| Value::from("default"));
    }
    object
}
