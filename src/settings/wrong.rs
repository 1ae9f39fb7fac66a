//! Finds the invalid settings.

use serde_json::Value;

use super::{Fields, SettingsError};
use crate::json::path::push_decimal;

/// Adds an error for each invalid one of `fields`; `refused` returns a policy's error for some fields. Since every field has
/// a default, each can be tried alone, and so can its parts.
pub(super) fn blame(fields: &Fields, refused: &mut dyn FnMut(&Value) -> Option<String>, error: &mut SettingsError) {
    for (key, value) in fields {
        let Some(reason) = refused(&single(key, value.clone())) else { continue };
        let known = error.problems.len();
        // If even an empty value is rejected, the parts aren't to blame: the name is wrong, or the type of the value.
        let mut takes = |empty| refused(&single(key, empty)).is_none();
        match value {
            Value::Object(parts) if takes(Value::Object(Fields::new())) => {
                for (name, part) in parts {
                    if let Some(reason) = refused(&single(key, single(name, part.clone()))) {
                        error.add([key, ".", name].concat(), reason);
                    }
                }
            }
            Value::Array(items) if takes(Value::Array(Vec::new())) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(reason) = refused(&single(key, Value::Array(vec![item.clone()]))) {
                        let mut field = [key, "["].concat();
                        push_decimal(&mut field, index);
                        field.push(']');
                        error.add(field, reason);
                    }
                }
            }
            _ => {}
        }
        if error.problems.len() == known {
            error.add(key, reason);
        }
    }
}

fn single(key: &str, value: Value) -> Value {
    let mut fields = Fields::new();
    fields.insert(key.to_owned(), value);
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU16;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::settings::Range;
    use crate::settings::reader::Reader;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
    #[derive(Default)]
    #[allow(dead_code, reason = "only whether they can be read matters")]
    struct Settings {
        seconds: u16,
        pods: Option<NonZeroU16>,
        range: Range<NonZeroU16>,
        ports: Vec<NonZeroU16>,
        enabled: bool,
        mode: Mode,
        names: BTreeMap<String, String>,
        pairs: Vec<Pair>,
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Mode {
        #[default]
        Mild,
        Harsh,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only whether they can be read matters")]
    struct Pair {
        one: String,
        other: String,
    }

    fn violations(settings: Value) -> Vec<String> {
        let mut error = SettingsError::default();
        let mut refused = |fields: &Value| Settings::deserialize(Reader(fields)).err().map(|wrong| wrong.0);
        blame(settings.as_object().unwrap(), &mut refused, &mut error);
        error.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.reason)).collect()
    }

    #[test]
    fn valid_settings_are_not_blamed() {
        let right = json!({
            "seconds": 1, "pods": null, "range": {"min": 1}, "ports": [1, 2], "enabled": true, "mode": "harsh",
            "names": {"a": "b"}, "pairs": [{"one": "a", "other": "b"}],
        });
        assert!(violations(right).is_empty());
    }

    #[test]
    fn each_error_names_its_field() {
        for (settings, violation) in [
            (json!({"seconds": "long"}), "seconds: should be a whole number from 0 to 65535"),
            (json!({"seconds": 70000}), "seconds: should be a whole number from 0 to 65535"),
            (json!({"pods": 0}), "pods: should be a whole number from 1 to 65535"),
            (json!({"range": {"min": 1, "max": 0}}), "range.max: should be a whole number from 1 to 65535"),
            (json!({"range": {"min": 2, "max": 1}}), "range: min should not be more than max"),
            (json!({"range": 1}), "range: should be a mapping"),
            (json!({"range": {"least": 1}}), "range.least: unknown field `least`, expected `min` or `max`"),
            (json!({"ports": [80, 0]}), "ports[1]: should be a whole number from 1 to 65535"),
            (json!({"ports": {"http": 80, "https": 443}}), "ports: should be a list"),
            (json!({"names": [1, 2]}), "names: should be a mapping"),
            (json!({"mode": {"a": 1, "b": 2}}), "mode: should be a word"),
            (json!({"ports": 80}), "ports: should be a list"),
            (json!({"enabled": "yes"}), "enabled: should be true or false"),
            (json!({"mode": "soft"}), "mode: should be `mild` or `harsh`"),
            (json!({"mode": 1}), "mode: should be a word"),
            (json!({"names": {"a": 1}}), "names.a: should be a string"),
            (json!({"names": []}), "names: should be a mapping"),
            (json!({"pairs": [{"one": "a"}]}), "pairs[0]: missing field `other`"),
        ] {
            assert_eq!(violations(settings.clone()), [violation], "{settings}");
        }
    }

    #[test]
    fn unknown_field_is_reported_once() {
        for value in [json!(1), json!({"min": 1, "max": 2}), json!([1, 2])] {
            let reported = violations(json!({ "scope": value }));
            let single = matches!(reported.as_slice(), [one] if one.starts_with("scope: unknown field `scope`"));
            assert!(single, "{reported:?}");
        }
    }

    #[test]
    fn all_errors_are_named() {
        let two = violations(json!({"range": {"min": 0, "max": "x"}, "seconds": -1}));
        let fields: Vec<&str> = two.iter().filter_map(|violation| Some(violation.split_once(": ")?.0)).collect();
        assert_eq!(fields, ["range.max", "range.min", "seconds"]);
    }
}
