//! Reads single fields of raw JSON, where no finding needs their path.

use serde_json::Value;

/// The value at a path of keys.
pub fn dig<'v>(object: &'v Value, route: &[&str]) -> Option<&'v Value> {
    route.iter().try_fold(object, |value, key| value.get(key))
}

/// The string at a path of keys; `None` when it is absent, empty or not a string.
pub fn text<'v>(object: &'v Value, route: &[&str]) -> Option<&'v str> {
    dig(object, route)?.as_str().filter(|text| !text.is_empty())
}

/// The namespace of objects that set none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The label by which Kubernetes gives every Namespace its name.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// An object's namespace; `default` when it sets none.
pub fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"]).unwrap_or(DEFAULT_NAMESPACE)
}

/// An object's name; `None` when it has none yet.
pub fn name(object: &Value) -> Option<&str> {
    text(object, &["metadata", "name"])
}
