//! The documentation and settings of policies, for the command line, the playground and the generated files. Never part
//! of a module.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::policies::{POLICIES, PolicyEntry};
use crate::policy::common::CommonSettings;

/// What is known of the policies beside their checks and their metadata's few words: what the playground's page loads when
/// somebody asks for it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptions {
    /// The settings that every policy has, except those that hold for all policies at once.
    pub common_settings: Vec<Described>,
    /// The policies, by id.
    pub policies: BTreeMap<&'static str, Description>,
}

/// What is known of a policy.
#[derive(Serialize)]
pub struct Description {
    /// Its documentation, as Markdown.
    pub documentation: String,
    /// The kinds that it checks.
    pub targets: Vec<&'static str>,
    /// The kinds that it looks up.
    pub needs: Vec<&'static str>,
    /// The sources for the practice.
    pub sources: Vec<Cited>,
    /// Its own settings.
    pub settings: Vec<Described>,
}

/// A source.
#[derive(Serialize)]
pub struct Cited {
    /// Its title.
    pub title: &'static str,
    /// Its URL.
    pub url: &'static str,
}

/// One setting, in words.
#[derive(Serialize)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its documentation.
    pub documentation: String,
    /// The JSON Schema of its value, without references.
    pub schema: Value,
    /// Its default; null when that depends.
    pub default: Value,
}

/// What is known of all policies.
pub fn descriptions() -> Descriptions {
    let once = |setting: &Setting| CommonSettings::ONCE.contains(&setting.name.as_str());
    Descriptions {
        common_settings: common().into_iter().filter(|setting| !once(setting)).map(Described::from).collect(),
        policies: POLICIES.iter().map(|entry| (entry.metadata.id, description(entry))).collect(),
    }
}

fn description(entry: &PolicyEntry) -> Description {
    let metadata = entry.metadata;
    Description {
        documentation: documentation(entry),
        targets: metadata.target_names(),
        needs: metadata.needs.iter().map(|kind| kind.name).collect(),
        sources: metadata.sources.iter().map(|source| Cited { title: source.title, url: source.url }).collect(),
        settings: own(entry).into_iter().map(Described::from).collect(),
    }
}

impl From<Setting> for Described {
    fn from(setting: Setting) -> Described {
        Described {
            documentation: setting.documentation(),
            default: setting.default().cloned().unwrap_or_default(),
            schema: setting.value_schema().clone(),
            name: setting.name,
        }
    }
}

/// One setting.
pub struct Setting {
    /// Its name.
    pub name: String,
    /// The schema of its value, without references.
    pub schema: Value,
}

impl Setting {
    /// Its documentation, on one line.
    pub fn documentation(&self) -> String {
        let text = self.schema.get("description").and_then(Value::as_str).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Its default; `None` when that depends.
    pub fn default(&self) -> Option<&Value> {
        self.schema.get("default").filter(|default| !default.is_null())
    }

    /// Its schema without the alternative `null`, which means "not set".
    pub fn value_schema(&self) -> &Value {
        let alternatives = self.schema.get("anyOf").and_then(Value::as_array);
        let written = |schema: &&Value| schema.get("type").and_then(Value::as_str) != Some("null");
        alternatives.and_then(|schemas| schemas.iter().find(written)).unwrap_or(&self.schema)
    }
}

/// A policy's documentation in Markdown, with sections of the second level.
pub fn documentation(entry: &PolicyEntry) -> String {
    let schema = (entry.schema)();
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    // schemars takes the first heading as the title.
    match text("title") {
        heading if heading.contains(' ') => format!("## {heading}\n{}", text("description")),
        _ => text("description").to_owned(),
    }
}

/// The policy's own settings, by name.
pub fn own(entry: &PolicyEntry) -> Vec<Setting> {
    listed((entry.schema)().to_value())
}

/// The settings that every policy has, by name.
pub fn common() -> Vec<Setting> {
    listed(schemars::schema_for!(CommonSettings).to_value())
}

fn listed(schema: Value) -> Vec<Setting> {
    let definitions = schema.get("$defs").cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let resolved = |(name, mut schema)| {
        tidy(&mut schema, &definitions);
        Setting { name, schema }
    };
    properties.into_iter().map(resolved).collect()
}

/// Replaces references by their targets and line breaks by spaces, and removes formats that only Rust knows.
fn tidy(schema: &mut Value, definitions: &Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(|schema| tidy(schema, definitions)),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.remove("$ref") {
                let meant = reference.strip_prefix("#/$defs/").and_then(|name| definitions.get(name));
                for (key, value) in meant.and_then(Value::as_object).into_iter().flatten() {
                    fields.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            let rust_only = |format: &str| format.starts_with("int") || format.starts_with("uint");
            if fields.get("format").and_then(Value::as_str).is_some_and(rust_only) {
                fields.remove("format");
            }
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "description" => {
                        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    }
                    // A default is a value, which may look like a schema.
                    _ if key == "default" || key == "const" || key == "enum" => {}
                    _ => tidy(value, definitions),
                }
            }
        }
        _ => {}
    }
}
