//! The files of the suite only: its settings, its form and its README.

use std::fmt::Write;

use anyhow::{Context, Result};
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::metadata::{Profile, Severity};
use plimsoll_kubewarden::{SUITE, Shipped};
use plimsoll_lint::unknown_field;
use serde_json::{Map, Value, json};

use crate::render::metadata::{self, image};
use crate::render::settings::{self, Setting};
use crate::render::{index, questions, readme, yaml};
use crate::workspace::VERSION;

/// The suite's own settings, without those of the policies.
fn own() -> Vec<Setting> {
    let words = Profile::SETS.iter().chain([&Profile::Off]).map(|profile| profile.name()).collect::<Vec<_>>();
    let profile = json!({
        "type": "string",
        "enum": words,
        "default": Profile::Production.name(),
        "description": "Which policies are on: `starter`, what nearly every cluster can switch on today; `production`, \
            that and what a service in production should have; `strict`, nearly everything; `off`, none but those that \
            `policies` enables.",
    });
    vec![Setting { name: "profile".to_owned(), schema: profile }]
}

/// The setting that each policy has in the suite only.
fn enabled() -> Setting {
    let schema = json!({
        "type": "boolean",
        "description": "Whether the policy is on, whatever the profile says.",
    });
    Setting { name: "enabled".to_owned(), schema }
}

/// docs/config.schema.json: the configuration, for the command's file.
pub(crate) fn config_schema() -> Result<String> {
    let mut schema = schema_of(
        "https://plimsoll.dev/schemas/config.json".to_owned(),
        "Plimsoll configuration",
        unknown_field::all(),
    )?;
    // What differs for some files is the same again: most of it is there once.
    if let Some(policies) = schema.pointer_mut("/properties/policies") {
        let policies = std::mem::replace(policies, json!({"$ref": "#/$defs/policies"}));
        let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut).context("a schema has definitions")?;
        definitions.insert("policies".to_owned(), policies);
    }
    let mut overrides = schema.get("properties").cloned().unwrap_or_default();
    let patterns = |what: &str| {
        let one = json!({"type": "string", "minLength": 1});
        json!({
            "description": format!("{what} Patterns are those of `.gitignore` and count from the configuration's directory."),
            "oneOf": [one.clone(), {"type": "array", "items": one}],
        })
    };
    if let Some(overrides) = overrides.as_object_mut() {
        overrides.insert("match".to_owned(), patterns("The files that it is for."));
    }
    let path = json!({"type": "string", "minLength": 1});
    let paths = |what: &str| json!({"description": what, "type": "array", "items": path});
    let chart = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["path"],
        "properties": {
            "path": {"description": "The chart's directory.", "type": "string", "minLength": 1},
            "values": paths("Files with values."),
            "set": {"description": "Single values, as `name=value`.", "type": "array", "items": {"type": "string"}},
            "releaseName": {"description": "The name of the release.", "type": "string"},
            "namespace": {"description": "The namespace of the release.", "type": "string"},
        },
    });
    let own = json!({
        "include": patterns("Which files below directories are read."),
        "exclude": patterns("Which files and directories are left out."),
        "failOn": {
            "description": "The exit status is 1 for findings at least this severe.",
            "type": "string",
            "enum": Severity::ALL.map(Severity::name),
            "default": Severity::Low.name(),
        },
        "baseline": {
            "description": "A file with known findings, which are not reported: `plimsoll baseline` writes it.",
            "type": "string",
            "minLength": 1,
        },
        "paths": {
            "description": "What differs for some files. Later entries override earlier ones; exemptions add up.",
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["match"],
                "properties": overrides,
            },
        },
        "charts": {
            "description": "How charts are rendered. One that is listed several times is rendered as often; one that isn't is \
                rendered with its own values.",
            "type": "array",
            "items": chart,
        },
        "overlays": paths(
            "The directories that Kustomize builds. Without any, those that no other kustomization is made of.",
        ),
        "schemas": paths(
            "Files with CustomResourceDefinitions, or directories of such files, by whose schemas `unknown-field` checks custom \
             resources. Those among the manifests count in any case.",
        ),
    });
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut).context("a schema has properties")?;
    properties.extend(own.as_object().cloned().unwrap_or_default());
    rendered(&schema)
}

fn rendered(schema: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(schema).context("a schema is always JSON")? + "\n")
}

/// settings.schema.json: the same configuration, as the suite's settings.
pub(crate) fn schema() -> Result<String> {
    let id = format!("https://plimsoll.dev/schemas/{VERSION}/suite.json");
    rendered(&schema_of(id, "Settings of suite", POLICIES.iter())?)
}

/// The policies refer to the common settings, which are defined once.
fn schema_of(id: String, title: &str, entries: impl Iterator<Item = &'static PolicyEntry>) -> Result<Value> {
    let mut definitions = Map::new();
    let mut common = Map::new();
    for setting in settings::common() {
        common.insert(setting.name.clone(), json!({"$ref": format!("#/$defs/{}", setting.name)}));
        definitions.insert(setting.name, setting.schema);
    }
    let mut policies = Map::new();
    for entry in entries {
        let mut properties = common.clone();
        for once in CommonSettings::ONCE {
            properties.remove(once);
        }
        for setting in settings::own(entry).into_iter().chain([enabled()]) {
            properties.insert(setting.name, setting.schema);
        }
        let metadata = entry.metadata;
        let schema = |description: &str| {
            json!({
                "description": description,
                "type": "object",
                "additionalProperties": false,
                "properties": properties,
            })
        };
        policies.insert(metadata.id.to_owned(), schema(metadata.title));
        for old in metadata.renamed_from {
            let mut entry = schema(&format!("Was renamed to `{}`.", metadata.id));
            if let Some(fields) = entry.as_object_mut() {
                fields.insert("deprecated".to_owned(), json!(true));
            }
            policies.insert((*old).to_owned(), entry);
        }
    }
    let mut properties = common;
    properties.retain(|name, _| CommonSettings::SHARED.contains(&name.as_str()));
    properties.extend(own().into_iter().map(|setting| (setting.name, setting.schema)));
    properties.insert(
        "policies".to_owned(),
        json!({
            "description": "Settings by policy: the policy's own, and those shared by all policies where they differ. Exemptions \
                add to the shared ones.",
            "type": "object",
            "additionalProperties": false,
            "properties": policies,
        }),
    );
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": id,
        "title": title,
        "description": SUITE.title,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    }))
}

/// questions-ui.yml: the suite's settings, then for each policy whether it is on and its own settings.
pub(crate) fn questions() -> Result<String> {
    let of_policy = |entry: &'static PolicyEntry| {
        let fields = [enabled()].into_iter().chain(settings::own(entry));
        (entry.metadata, fields.collect::<Vec<_>>())
    };
    questions::render_suite(own(), POLICIES.iter().map(of_policy))
}

/// The text in the module that `kwctl inspect` shows.
pub(crate) fn usage() -> Result<String> {
    Ok(format!("# suite\n\n{}\n\n{}\nMore: {}\n", introduction(), example()?, metadata::url(&SUITE)))
}

fn introduction() -> String {
    format!(
        "All {} policies of Plimsoll in one module: one webhook call for each object instead of one for each policy. The \
         findings are the same as those of the single modules, in one message, grouped by policy.",
        POLICIES.len()
    )
}

/// The example settings at the top of the README.
fn example() -> Result<String> {
    let settings = json!({
        "profile": "production",
        "onViolation": "warn",
        "exempt": [{"namespace": "kube-*", "reason": "run by the platform team"}],
        "policies": {
            "drain-deadlock": {"onViolation": "deny"},
            "missing-prestop": {"minSeconds": 5},
            "root-user": {"enabled": false},
        },
    });
    Ok(format!(
        "```yaml\n{}```\n\nWarns about everything that the profile `production` finds and rejects only what would block node drains; \
         asks for five seconds in preStop, and doesn't check for root.\n",
        yaml(&settings)?
    ))
}

/// README.md.
pub(crate) fn readme() -> Result<String> {
    let mut text = format!(
        "<!-- Made by `make gen`. -->\n# suite\n\n{}\n\n## What to write\n{}\n## Settings\n",
        introduction(),
        example()?
    );
    let policies = json!({
        "type": "object",
        "description": "What differs for single policies, by id: `enabled`, the policy's own settings, and those \
            that every policy has where they differ from the suite's. Exemptions add to the suite's.",
    });
    let policies = Setting { name: "policies".to_owned(), schema: policies };
    readme::table(&mut text, &own().into_iter().chain([policies]).collect::<Vec<_>>())?;
    write!(
        text,
        "\nThe [settings that every policy has]({}) apply to all policies of the suite. \
         [settings.schema.json](settings.schema.json) has them all, those of the policies included.\n\n## In a \
         cluster\n```yaml\n{}```\n\nPolicies that look up other objects need permissions: \
         apply `rbac.yaml` first, with the name and namespace of your PolicyServer's service account. With single modules a \
         cluster can have another severity, scope or failure policy for each practice; the suite has one for all, and \
         costs one call.\n\nWith `onViolation: fix` and `mutating: true` it applies safe fixes, for all policies or for those that \
         say so.\n\n## Policies\n",
        settings::url(),
        yaml(&plimsoll_kubewarden::manifest(Shipped::Suite, json!({"profile": "production", "onViolation": "warn"})))?
    )?;
    text.push_str(&index::of_suite(3)?);
    write!(text, "\nModule: `{}:v{VERSION}`\n", image("suite"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use plimsoll::engine::config::configure;
    use plimsoll::policies::lifecycle::missing_prestop::MissingPrestop;
    use plimsoll::policies::{POLICIES, PolicyEntry};
    use plimsoll::policy::metadata::Metadata;
    use serde_json::Value;

    use super::{example, questions, readme, schema, schema_of};

    #[test]
    fn schema_has_every_policy_and_setting() {
        let schema: Value = serde_json::from_str(&schema().unwrap()).unwrap();
        let policies = schema["properties"]["policies"]["properties"].as_object().unwrap();
        assert_eq!(policies.len(), POLICIES.iter().flat_map(|entry| entry.metadata.ids()).count());
        for entry in POLICIES {
            let properties = policies[entry.metadata.id]["properties"].as_object().unwrap();
            let own = crate::render::settings::own(entry);
            let common = plimsoll::policy::common::CommonSettings::KEYS;
            // `enabled` is added, and settings of the whole suite are left out.
            let once = plimsoll::policy::common::CommonSettings::ONCE;
            assert_eq!(properties.len(), own.len() + common.len() + 1 - once.len(), "{}", entry.metadata.id);
        }
    }

    #[test]
    fn schema_takes_ids_that_policies_had() {
        static METADATA: Metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        static ENTRY: PolicyEntry = PolicyEntry { metadata: &METADATA, ..PolicyEntry::of::<MissingPrestop>() };
        let schema = schema_of(String::new(), "", [&ENTRY].into_iter()).unwrap();
        let policies = &schema["properties"]["policies"]["properties"];
        assert_eq!(policies["old-name"]["properties"], policies["new-name"]["properties"]);
        assert_eq!(policies["old-name"]["deprecated"], true);
        assert_eq!(policies["new-name"].get("deprecated"), None);
    }

    #[test]
    fn readme_example_is_valid() {
        let text = example().unwrap();
        let yaml = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        let settings: Value = yaml_serde::from_str(yaml).unwrap();
        assert!(configure(&settings).unwrap().iter().all(|policy| policy.metadata.id != "root-user"));
    }

    #[test]
    fn form_and_readme_name_every_policy() {
        let (form, readme) = (questions().unwrap(), readme().unwrap());
        for entry in POLICIES {
            assert!(form.contains(&format!("policies.{}.enabled", entry.metadata.id)), "{}", entry.metadata.id);
            assert!(readme.contains(&format!("../{}/README.md", entry.metadata.id)), "{}", entry.metadata.id);
        }
    }
}
