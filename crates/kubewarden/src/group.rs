//! The custom resource for several policies.

use std::collections::BTreeMap;

use plimsoll::policies::PolicyEntry;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::manifest::mutates;
use crate::rollout::Rollout;
use crate::rules::{ContextAwareResource, Rule, context_aware, rules};
use crate::shipped::Shipped;

/// One custom resource for all policies: an object is admitted only if every policy admits it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    api_version: &'static str,
    kind: &'static str,
    metadata: Value,
    spec: GroupSpec,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupSpec {
    #[serde(flatten)]
    rollout: Rollout,
    rules: Vec<Rule>,
    policies: BTreeMap<String, Member>,
    expression: String,
    message: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    module: String,
    #[serde(skip_serializing_if = "is_empty")]
    settings: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    context_aware_resources: Vec<ContextAwareResource>,
}

/// The group of policies with their settings.
pub fn group(on: &[(&'static PolicyEntry, Value)], rollout: Rollout) -> Group {
    // The names become functions of the expression, which allows no dashes.
    let name = |entry: &PolicyEntry| entry.metadata.id.replace('-', "_");
    let calls: Vec<String> = on.iter().map(|(entry, _)| [&name(entry), "()"].concat()).collect();
    let policies = on.iter().map(|(entry, settings)| {
        let member = Member {
            module: rollout.module(entry.metadata.id),
            settings: of_member(settings),
            context_aware_resources: context_aware(entry.metadata),
        };
        (name(entry), member)
    });
    let policies = policies.collect();
    Group {
        api_version: "policies.kubewarden.io/v1",
        kind: "ClusterAdmissionPolicyGroup",
        metadata: json!({"name": "plimsoll"}),
        spec: GroupSpec {
            rollout,
            rules: merged(on.iter().flat_map(|(entry, _)| rules(Shipped::Policy(entry)))),
            policies,
            expression: expression(&calls),
            message: "the object goes against best practices for workloads",
        },
    }
}

/// How many calls of a group's expression are chained.
const CALLS: usize = 16;

/// All calls must be true. Kubewarden's expression engine rejects a chain of 64 as nested too deeply, and parentheses
/// reset the count.
fn expression(calls: &[String]) -> String {
    if calls.len() <= CALLS {
        return calls.join(" && ");
    }
    let chunks: Vec<String> = calls.chunks(CALLS).map(|chunk| format!("({})", chunk.join(" && "))).collect();
    chunks.join(" &&\n")
}

/// The settings of a policy in a group, which would deny an object that it fixes without any message.
fn of_member(settings: &Value) -> Value {
    let mut settings = settings.clone();
    if let Some(fields) = settings.as_object_mut() {
        fields.remove("applyFixes");
        if mutates(&Value::Object(fields.clone())) {
            fields.insert("onViolation".to_owned(), Value::from("deny"));
        }
    }
    settings
}

/// The rules of all policies, merged: one for each group, version and set of operations.
pub fn merged(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut merged: Vec<Rule> = Vec::new();
    for rule in rules {
        let alike = |known: &&mut Rule| {
            known.api_groups == rule.api_groups
                && known.api_versions == rule.api_versions
                && known.operations == rule.operations
        };
        match merged.iter_mut().find(alike) {
            Some(known) => {
                for resource in rule.resources {
                    if !known.resources.contains(&resource) {
                        known.resources.push(resource);
                    }
                }
            }
            None => merged.push(rule),
        }
    }
    merged
}

fn is_empty(settings: &Value) -> bool {
    settings.as_object().is_none_or(Map::is_empty)
}
