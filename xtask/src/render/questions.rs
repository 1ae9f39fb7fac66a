//! questions-ui.yml: the form that Rancher shows for a policy's settings.

use anyhow::Result;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::Metadata;
use serde::Serialize;
use serde_json::{Value, json};

use crate::render::settings::{self, Setting};

#[derive(Serialize)]
struct Form {
    questions: Vec<Question>,
}

#[derive(Serialize)]
struct Question {
    variable: String,
    label: String,
    description: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
    group: &'static str,
    required: bool,
    #[serde(skip_serializing_if = "is_false")]
    hide_input: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subquestions: Vec<Question>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// questions-ui.yml. Such a form has no field for a list of mappings: those settings are edited in its YAML view.
pub(crate) fn render(entry: &PolicyEntry) -> Result<String> {
    let own = settings::own(entry).into_iter().filter_map(|setting| question(setting, "Settings", ""));
    let common = settings::common().into_iter().filter_map(|setting| question(setting, "All policies", ""));
    let form = Form { questions: own.chain(common).collect() };
    Ok(format!("# Made by `make gen`.\n{}", super::yaml(&form)?))
}

/// The suite's form. A policy's settings are in the group of its category.
pub(crate) fn render_suite(
    own: Vec<Setting>,
    policies: impl Iterator<Item = (&'static Metadata, Vec<Setting>)>,
) -> Result<String> {
    let first = own.into_iter().filter_map(|setting| question(setting, "Settings", ""));
    let common = settings::common().into_iter().filter_map(|setting| question(setting, "All policies", ""));
    let single = policies.map(|(metadata, fields)| {
        let variable = format!("policies.{}", metadata.id);
        let inner = format!("{variable}.");
        let group = metadata.category.name();
        Question {
            label: metadata.id.to_owned(),
            description: format!("{}.", metadata.title),
            kind: "map[",
            default: Some(json!({})),
            options: Vec::new(),
            group,
            required: false,
            hide_input: true,
            subquestions: fields.into_iter().filter_map(|field| question(field, group, &inner)).collect(),
            variable,
        }
    });
    let form = Form { questions: first.chain(common).chain(single).collect() };
    Ok(format!("# Made by `make gen`.\n{}", super::yaml(&form)?))
}

fn question(setting: Setting, group: &'static str, prefix: &str) -> Option<Question> {
    let schema = setting.value_schema();
    let variable = format!("{prefix}{}", setting.name);
    let mut options = Vec::new();
    let mut subquestions = Vec::new();
    let kind = if let Some(words) = settings::words(schema) {
        options = words.into_iter().map(str::to_owned).collect();
        "enum"
    } else {
        match settings::type_of(schema)? {
            "boolean" => "boolean",
            "integer" => "int",
            "number" => "float",
            "string" => "string",
            "array" if schema.get("items").and_then(settings::type_of) == Some("string") => "array[",
            "object" => {
                let fields = schema.get("properties")?.as_object()?;
                let inner = format!("{variable}.");
                subquestions = fields
                    .iter()
                    .filter_map(|(name, schema)| {
                        let mut field = Setting { name: name.clone(), schema: schema.clone() };
                        if let (Some(default), Some(schema)) =
                            (setting.default().and_then(|default| default.get(name)), field.schema.as_object_mut())
                        {
                            schema.insert("default".to_owned(), default.clone());
                        }
                        question(field, group, &inner)
                    })
                    .collect();
                "map["
            }
            _ => return None,
        }
    };
    // A mapping's default is that of its fields: a value here would override them.
    let default = if kind == "map[" { Some(json!({})) } else { setting.default().cloned() };
    Some(Question {
        label: label(&setting.name),
        description: setting.documentation(),
        kind,
        default,
        options,
        group,
        required: false,
        hide_input: kind == "map[",
        subquestions,
        variable,
    })
}

/// `Min seconds` for `minSeconds`.
fn label(name: &str) -> String {
    let mut label = String::new();
    for (index, letter) in name.chars().enumerate() {
        match letter {
            _ if index == 0 => label.push(letter.to_ascii_uppercase()),
            'A'..='Z' => label.extend([' ', letter.to_ascii_lowercase()]),
            _ => label.push(letter),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{label, question};
    use crate::render::settings::Setting;

    #[test]
    fn labels_are_sentence_case() {
        assert_eq!(label("meshMinSeconds"), "Mesh min seconds");
    }

    #[test]
    fn mapping_fields_have_their_own_questions() {
        let schema = json!({
            "type": "object",
            "description": "Both ends.",
            "default": {"min": 60},
            "properties": {"min": {"type": ["integer", "null"]}, "max": {"type": ["integer", "null"]}},
        });
        let question = question(Setting { name: "core".to_owned(), schema }, "Settings", "").unwrap();
        assert_eq!((question.kind, question.default), ("map[", Some(json!({}))));
        let inner: Vec<_> = question.subquestions.iter().map(|q| (q.variable.as_str(), q.default.clone())).collect();
        assert_eq!(inner, [("core.max", None), ("core.min", Some(json!(60)))]);
    }

    #[test]
    fn choices_have_options_and_no_default_when_unset() {
        let schema = json!({"anyOf": [{"oneOf": [{"const": "deny"}, {"const": "warn"}]}, {"type": "null"}]});
        let question = question(Setting { name: "onViolation".to_owned(), schema }, "All policies", "").unwrap();
        assert_eq!(question.kind, "enum");
        assert_eq!(question.options, ["deny", "warn"]);
        assert_eq!(question.default, None);
    }

    #[test]
    fn lists_of_mappings_have_no_field() {
        let schema = json!({"type": "array", "items": {"type": "object"}});
        assert!(question(Setting { name: "exempt".to_owned(), schema }, "All policies", "").is_none());
    }
}
