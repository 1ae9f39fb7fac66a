//! The settings: settings.schema.json, and the rows of the tables of settings.

use anyhow::{Context, Result};
pub(crate) use plimsoll::engine::catalogue::{Setting, common, documentation, own};
use plimsoll::policies::PolicyEntry;
use serde_json::{Map, Value, json};

use crate::render::metadata::SOURCE;
use crate::workspace::VERSION;

/// The page about the common settings. A full URL, since a policy's README is also published alone.
pub(crate) fn url() -> String {
    format!("{SOURCE}/blob/main/docs/settings.md")
}

/// settings.schema.json: the policy's own settings and the common ones in one schema.
pub(crate) fn render(entry: &PolicyEntry) -> Result<String> {
    let metadata = entry.metadata;
    let mut properties = Map::new();
    for setting in own(entry).into_iter().chain(common()) {
        let known = properties.insert(setting.name.clone(), setting.schema);
        anyhow::ensure!(known.is_none(), "{}: the setting {} is common to all policies", metadata.id, setting.name);
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("https://plimsoll.dev/schemas/{VERSION}/{}.json", metadata.id),
        "title": format!("Settings of {}", metadata.id),
        "description": metadata.title,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    let text = serde_json::to_string_pretty(&schema).context("a schema is always JSON")?;
    Ok(text + "\n")
}

/// The values of a setting with a fixed set of them.
pub(crate) fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(Value::as_str).collect();
    }
    let alternatives = schema.get("oneOf").and_then(Value::as_array)?;
    let each = alternatives.iter().map(|schema| match words(schema) {
        Some(words) => Some(words),
        None => Some(vec![schema.get("const")?.as_str()?]),
    });
    Some(each.collect::<Option<Vec<_>>>()?.concat())
}

/// The type of a value, other than null.
pub(crate) fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// The type of a value, in words for a table of settings.
pub(crate) fn type_in_words(schema: &Value) -> String {
    if let Some(words) = words(schema) {
        let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return quoted.join(", ");
    }
    match type_of(schema) {
        Some("array") => match schema.get("items") {
            Some(items) => {
                let alternatives = items.get("anyOf").and_then(Value::as_array);
                let items = alternatives.map_or(std::slice::from_ref(items), Vec::as_slice);
                let items: Vec<String> = items.iter().map(|items| plural(&type_in_words(items))).collect();
                format!("list of {}", items.join(" or "))
            }
            None => "list".to_owned(),
        },
        Some("object") => match schema.get("properties").and_then(Value::as_object) {
            Some(fields) if !fields.is_empty() => {
                let fields: Vec<String> = fields.keys().map(|field| format!("`{field}`")).collect();
                format!("mapping of {}", fields.join(", "))
            }
            _ => "mapping".to_owned(),
        },
        Some(name) => name.to_owned(),
        None => "any".to_owned(),
    }
}

fn plural(name: &str) -> String {
    match name {
        "string" | "integer" | "number" | "boolean" => format!("{name}s"),
        _ if name.starts_with("list") => name.replacen("list", "lists", 1),
        _ => name.replacen("mapping", "mappings", 1),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::POLICIES;
    use plimsoll::policy::common::CommonSettings;
    use serde_json::{Value, json};

    use super::{common, documentation, own, render, type_in_words, words};

    #[test]
    fn reserved_keys_are_the_common_settings() {
        let mut reserved = CommonSettings::KEYS;
        reserved.sort_unstable();
        let listed: Vec<String> = common().into_iter().map(|setting| setting.name).collect();
        assert_eq!(listed, reserved);
    }

    #[test]
    fn schema_is_self_contained_and_has_every_setting() {
        for entry in POLICIES {
            let text = render(entry).unwrap();
            assert!(!text.contains("$ref"), "{}", entry.metadata.id);
            let schema: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(schema["additionalProperties"], false);
            let properties = schema["properties"].as_object().unwrap();
            assert_eq!(properties.len(), CommonSettings::KEYS.len() + own(entry).len());
            for (name, setting) in properties {
                assert!(setting["description"].is_string(), "{}: {name} has no description", entry.metadata.id);
            }
        }
    }

    #[test]
    fn defaults_are_valid_settings() {
        for entry in POLICIES {
            let defaults: serde_json::Map<String, Value> = own(entry)
                .into_iter()
                .chain(common())
                .filter_map(|setting| Some((setting.name.clone(), setting.default()?.clone())))
                .collect();
            assert!(!defaults.is_empty());
            (entry.configure)(&Value::Object(defaults))
                .unwrap_or_else(|error| panic!("{}: {error}", entry.metadata.id));
        }
    }

    #[test]
    fn documentation_starts_with_its_first_heading() {
        for entry in POLICIES {
            assert!(documentation(entry).starts_with("## What it does\n"), "{}", entry.metadata.id);
        }
    }

    #[test]
    fn types_in_words() {
        assert_eq!(type_in_words(&json!({"type": ["string", "null"]})), "string");
        assert_eq!(type_in_words(&json!({"type": "array", "items": {"type": "string"}})), "list of strings");
        let fields = json!({"type": "object", "properties": {"min": {"type": "integer"}}});
        assert_eq!(type_in_words(&fields), "mapping of `min`");
        assert_eq!(type_in_words(&json!({"type": "array", "items": fields})), "list of mappings of `min`");
        let either = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
        assert_eq!(type_in_words(&json!({"type": "array", "items": either})), "list of strings or lists of strings");
        let choice = json!({"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}]});
        assert_eq!(words(&choice), Some(vec!["a", "b", "c"]));
        assert_eq!(words(&json!({"oneOf": [{"const": "a"}, {"type": "integer"}]})), None);
    }
}
