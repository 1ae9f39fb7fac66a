//! Reading single fields of raw JSON, where no finding will have to say where they are.

use serde_json::Value;

/// What stands below several keys.
pub fn dig<'v>(object: &'v Value, route: &[&str]) -> Option<&'v Value> {
    route.iter().try_fold(object, |value, key| value.get(key))
}

/// The text below several keys; `None` when it is absent, empty or no text.
pub fn text<'v>(object: &'v Value, route: &[&str]) -> Option<&'v str> {
    dig(object, route)?.as_str().filter(|text| !text.is_empty())
}

/// The namespace that is meant where none is named.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The namespace that an object names; `default` when it names none.
pub fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"]).unwrap_or(DEFAULT_NAMESPACE)
}

/// An object's name; `None` when it has none yet.
pub fn name(object: &Value) -> Option<&str> {
    text(object, &["metadata", "name"])
}
