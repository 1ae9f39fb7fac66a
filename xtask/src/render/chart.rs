//! The generated files of the Helm chart: what it has to know about each policy, its version, and the schema of its values.

use anyhow::{Context, Result};
use plimsoll::policies::{POLICIES, PolicyEntry};
use plimsoll::policy::metadata::Profile;
use plimsoll_kubewarden::{Shipped, context_aware, rules};
use serde_json::{Map, Value, json};

use crate::render::metadata::look_ups;
use crate::render::{suite, yaml};
use crate::workspace::VERSION;

const HEADER: &str = "# Made by `make gen`.\n";

/// Chart.yaml.
pub(crate) fn chart() -> Result<String> {
    let chart = json!({
        "apiVersion": "v2",
        "name": "plimsoll-policies",
        "description": "Best practices for Kubernetes workloads, as Kubewarden policies",
        "type": "application",
        "version": VERSION,
        "appVersion": VERSION,
        "kubeVersion": ">= 1.25.0-0",
        "home": env!("CARGO_PKG_REPOSITORY"),
        "sources": [env!("CARGO_PKG_REPOSITORY")],
        "keywords": ["kubewarden", "policy", "best practices"],
        "maintainers": [{"name": "Plimsoll maintainers", "email": "maintainers@plimsoll.dev"}],
        "annotations": {
            "artifacthub.io/license": "Apache-2.0",
            "artifacthub.io/prerelease": "false",
        },
    });
    Ok(format!("{HEADER}{}", yaml(&chart)?))
}

/// files/policies.yaml: for each policy the profiles that contain it, the requests that it checks, the kinds that it may look
/// up, the permissions that PolicyServer needs for it, and the ids that it had.
pub(crate) fn policies() -> Result<String> {
    policies_of(POLICIES)
}

fn policies_of(entries: &'static [PolicyEntry]) -> Result<String> {
    let mut all = Map::new();
    for entry in entries {
        let metadata = entry.metadata;
        let profiles: Vec<&str> = [Profile::Starter, Profile::Production, Profile::Strict]
            .into_iter()
            .filter(|profile| profile.includes(metadata))
            .map(Profile::name)
            .collect();
        let role = plimsoll_kubewarden::rbac(metadata.id, look_ups(metadata));
        let permissions = role.map(|[role, _]| role.get("rules").cloned().unwrap_or_default());
        let mut policy = json!({
            "severity": metadata.severity.name(),
            "category": metadata.category.name(),
            "profiles": profiles,
            "rules": rules(Shipped::Policy(entry)),
            "contextAwareResources": context_aware(metadata),
            "permissions": permissions.unwrap_or_else(|| json!([])),
        });
        if let Some(fields) = policy.as_object_mut()
            && !metadata.renamed_from.is_empty()
        {
            fields.insert("renamedFrom".to_owned(), json!(metadata.renamed_from));
        }
        all.insert(metadata.id.to_owned(), policy);
    }
    Ok(format!("{HEADER}{}", yaml(&Value::Object(all))?))
}

/// values.schema.json. The settings are those of the suite.
pub(crate) fn schema() -> Result<String> {
    let mut settings: Value = serde_json::from_str(&suite::schema()?).context("the suite's schema")?;
    let definitions = settings.get_mut("$defs").map(Value::take).unwrap_or_default();
    if let Value::Object(fields) = &mut settings {
        for key in ["$defs", "$id", "$schema", "title"] {
            fields.remove(key);
        }
        if let Some(Value::Object(properties)) = fields.get_mut("properties") {
            properties.remove("profile");
        }
        fields.insert("description".to_owned(), json!("The configuration: shared settings, and those of each policy."));
    }
    let ids: Vec<&str> = POLICIES.iter().flat_map(|entry| entry.metadata.ids()).collect();
    let name = json!({"type": "string", "minLength": 1});
    let object = |properties: Value| json!({"type": "object", "additionalProperties": false, "properties": properties});
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of plimsoll-policies",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "as": {"enum": ["suite", "policies"]},
            "profile": {"enum": [Profile::Starter.name(), Profile::Production.name(), Profile::Strict.name()]},
            "policies": {"type": "array", "uniqueItems": true, "items": {"enum": ids}},
            "settings": settings,
            "mode": {"enum": ["monitor", "protect"]},
            "backgroundAudit": {"type": "boolean"},
            "failurePolicy": {"enum": ["Fail", "Ignore"]},
            "timeoutSeconds": {"type": "integer", "minimum": 2, "maximum": 30},
            "excludedNamespaces": {"type": "array", "uniqueItems": true, "items": name},
            "registry": name,
            "version": {"type": "string"},
            "policyServer": object(json!({
                "name": name,
                "serviceAccount": object(json!({"name": name, "namespace": name})),
            })),
            "rbac": object(json!({"create": {"type": "boolean"}})),
            "global": {"type": "object"},
        },
        "$defs": definitions,
    });
    Ok(serde_json::to_string_pretty(&schema).context("a schema is always JSON")? + "\n")
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::lifecycle::missing_prestop::MissingPrestop;
    use plimsoll::policy::metadata::Metadata;

    use super::*;

    #[test]
    fn chart_knows_ids_that_policies_had() {
        static METADATA: Metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        static ENTRIES: [PolicyEntry; 1] = [PolicyEntry { metadata: &METADATA, ..PolicyEntry::of::<MissingPrestop>() }];
        let text = policies_of(&ENTRIES).unwrap();
        assert!(text.contains("renamedFrom:\n  - old-name\n"), "{text}");
        assert!(!policies().unwrap().contains("renamedFrom: []"));
    }
}
