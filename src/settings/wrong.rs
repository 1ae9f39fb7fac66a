//! Which settings are wrong, and what is wrong with them in the words of those who write them.

use serde_json::Value;

use super::{Fields, SettingsError};

/// Names each wrong one among `fields`, of which `refused` says what a policy has against them: since every field has a
/// default, each can be tried alone, and so can what lies in it.
pub(super) fn blame(fields: &Fields, refused: &dyn Fn(Fields) -> Option<String>, error: &mut SettingsError) {
    for (key, value) in fields {
        let alone = |value: Value| {
            let mut single = Fields::new();
            single.insert(key.clone(), value);
            refused(single).map(|said| in_words(&said))
        };
        let Some(reason) = alone(value.clone()) else { continue };
        let known = error.problems.len();
        for (field, part) in parts(key, value) {
            match alone(part) {
                // What needs its neighbours is not wrong for standing alone.
                Some(reason) if value.is_object() && reason.starts_with("missing field") => {}
                Some(reason) => error.add(field, reason),
                None => {}
            }
        }
        if error.problems.len() == known {
            error.add(key, reason);
        }
    }
}

/// What a value consists of: each part where it stands, alone, and how it is called.
fn parts(key: &str, value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, part)| {
                let mut single = Fields::new();
                single.insert(name.clone(), part.clone());
                ([key, ".", name].concat(), Value::Object(single))
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| ([key, "[", &index.to_string(), "]"].concat(), Value::Array(vec![item.clone()])))
            .collect(),
        _ => Vec::new(),
    }
}

/// What a deserialiser says, without the names of Rust's types.
pub(super) fn in_words(said: &str) -> String {
    let kind_of_fault = ["invalid type: ", "invalid value: ", "unknown variant "];
    let expected =
        said.rsplit_once(", expected ").filter(|_| kind_of_fault.iter().any(|start| said.starts_with(start)));
    let Some((_, expected)) = expected else { return said.to_owned() };
    let (least, bits) = match expected.strip_prefix("a nonzero ") {
        Some(bits) => ("1", bits),
        None => ("0", expected),
    };
    let most = match bits {
        "u8" => "255",
        "u16" => "65535",
        "u32" => "4294967295",
        _ => {
            let kind = match expected {
                "a boolean" => "true or false",
                "a sequence" => "a list",
                "a map" => "a mapping",
                "string or map" => "a word",
                other if other.starts_with("struct ") => "a mapping",
                other => other,
            };
            return ["should be ", kind].concat();
        }
    };
    ["should be a whole number from ", least, " to ", most].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU16;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::settings::Range;

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

    fn faults(settings: Value) -> Vec<String> {
        let mut error = SettingsError::default();
        let refused = |fields: Fields| Settings::deserialize(&Value::Object(fields)).err().map(|said| said.to_string());
        blame(settings.as_object().unwrap(), &refused, &mut error);
        error.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.reason)).collect()
    }

    #[test]
    fn what_is_right_is_not_blamed() {
        let right = json!({
            "seconds": 1, "pods": null, "range": {"min": 1}, "ports": [1, 2], "enabled": true, "mode": "harsh",
            "names": {"a": "b"}, "pairs": [{"one": "a", "other": "b"}],
        });
        assert!(faults(right).is_empty());
    }

    #[test]
    fn each_fault_is_named_where_it_is() {
        for (settings, fault) in [
            (json!({"seconds": "long"}), "seconds: should be a whole number from 0 to 65535"),
            (json!({"seconds": 70000}), "seconds: should be a whole number from 0 to 65535"),
            (json!({"pods": 0}), "pods: should be a whole number from 1 to 65535"),
            (json!({"range": {"min": 1, "max": 0}}), "range.max: should be a whole number from 1 to 65535"),
            (json!({"range": {"min": 2, "max": 1}}), "range: min should not be more than max"),
            (json!({"range": 1}), "range: should be a mapping"),
            (json!({"range": {"least": 1}}), "range.least: unknown field `least`, expected `min` or `max`"),
            (json!({"ports": [80, 0]}), "ports[1]: should be a whole number from 1 to 65535"),
            (json!({"ports": 80}), "ports: should be a list"),
            (json!({"enabled": "yes"}), "enabled: should be true or false"),
            (json!({"mode": "soft"}), "mode: should be `mild` or `harsh`"),
            (json!({"mode": 1}), "mode: should be a word"),
            (json!({"names": {"a": 1}}), "names.a: should be a string"),
            (json!({"names": []}), "names: should be a mapping"),
            (json!({"pairs": [{"one": "a"}]}), "pairs[0]: missing field `other`"),
        ] {
            assert_eq!(faults(settings.clone()), [fault], "{settings}");
        }
    }

    #[test]
    fn all_faults_are_named() {
        let two = faults(json!({"range": {"min": 0, "max": "x"}, "seconds": -1}));
        let fields: Vec<&str> = two.iter().filter_map(|fault| Some(fault.split_once(": ")?.0)).collect();
        assert_eq!(fields, ["range.max", "range.min", "seconds"]);
    }
}
