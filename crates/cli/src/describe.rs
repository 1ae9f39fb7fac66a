//! What a policy says of itself, for `plimsoll list` and `plimsoll explain`.

use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::Status;
use serde::Serialize;
use serde_json::Value;

/// A policy in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Description {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
    pub(crate) help: &'static str,
    pub(crate) category: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) profile: &'static str,
    pub(crate) targets: Vec<&'static str>,
    pub(crate) needs: Vec<&'static str>,
    pub(crate) fix: &'static str,
    pub(crate) since: &'static str,
    pub(crate) status: &'static str,
    /// The ids that it had.
    pub(crate) renamed_from: &'static [&'static str],
    pub(crate) sources: Vec<Source>,
}

/// Where a practice is argued.
#[derive(Serialize)]
pub(crate) struct Source {
    pub(crate) title: &'static str,
    pub(crate) url: &'static str,
}

impl Description {
    pub(crate) fn of(entry: &PolicyEntry) -> Description {
        let metadata = entry.metadata;
        Description {
            id: metadata.id,
            title: metadata.title,
            why: metadata.why,
            help: metadata.help,
            category: metadata.category.name(),
            severity: metadata.severity.name(),
            profile: metadata.profile.name(),
            targets: metadata.target_names(),
            needs: metadata.needs.iter().map(|kind| kind.name).collect(),
            fix: metadata.fix.name(),
            since: metadata.since,
            status: metadata.status.name(),
            renamed_from: metadata.renamed_from,
            sources: metadata.sources.iter().map(|source| Source { title: source.title, url: source.url }).collect(),
        }
    }
}

impl Description {
    /// The practice, and what is to be known before one relies on it: nearly all policies are stable.
    pub(crate) fn title_with_status(&self) -> String {
        if self.status == Status::Stable.name() {
            self.title.to_owned()
        } else {
            format!("{} ({})", self.title, self.status)
        }
    }
}

/// One setting.
#[derive(Serialize)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// Absent when the setting is unset unless somebody sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Value>,
    pub(crate) description: String,
}

/// The settings that a struct's schema has.
pub(crate) fn settings(schema: &schemars::Schema) -> Vec<Setting> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| Setting {
            name: name.clone(),
            default: property.get("default").filter(|default| !default.is_null()).cloned(),
            description: text(property.get("description")),
        })
        .collect()
}

/// The documentation of what the schema was made from, whose first heading schemars takes for a title.
pub(crate) fn documentation(schema: &schemars::Schema) -> String {
    let (title, description) = (text(schema.get("title")), text(schema.get("description")));
    if title.is_empty() { description } else { format!("## {title}\n{description}") }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
