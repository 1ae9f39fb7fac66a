//! New objects that are proposed beside the checked one.

use serde_json::{Map, Value};

use crate::kube::selector::Labels;
use crate::policy::context::Context;

/// The metadata of a new object with that name: the checked object's namespace and labels, which keep them together.
pub fn new_metadata(cx: &Context<'_>, name: &str) -> Value {
    let own = cx.object().get("metadata");
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), Value::from(name));
    if let Some(namespace) = own.get("namespace").value() {
        metadata.insert("namespace".to_owned(), namespace.clone());
    }
    let mut labels = Map::new();
    for (key, value) in Labels::of(own).iter().filter(|(key, _)| !is_made_by_job(key)) {
        labels.insert(key.to_owned(), Value::from(value));
    }
    if !labels.is_empty() {
        metadata.insert("labels".to_owned(), Value::Object(labels));
    }
    Value::Object(metadata)
}

/// True for a label that is unique to each Job.
pub fn is_made_by_job(key: &str) -> bool {
    matches!(key, "controller-uid" | "job-name") || key.starts_with("batch.kubernetes.io/")
}
