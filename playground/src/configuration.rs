//! What is switched on, in the forms in which a cluster, a policy server and the command line take it.

use std::collections::BTreeMap;

use plimsoll::catalogue::{self, Setting};
use plimsoll::policies::Entry;
use plimsoll::policy::Profile;
use plimsoll::selection;
use plimsoll_kubewarden::{ContextAwareResource, Rule, Shipped, context_aware, manifest, module, mutates, rules};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::config::{self, DEFAULT_PROFILE};
use crate::transfer::{Config, Configuration};

pub(crate) fn configuration(config: &Config) -> Configuration {
    let (configured, _) = config::policies(config);
    let common = catalogue::common();
    let on: Vec<(&'static Entry, Value)> = configured
        .iter()
        .filter_map(|policy| selection::find(policy.meta.id))
        .map(|entry| (entry, Value::Object(different(entry, &common, config::settings(config, entry.meta.id)))))
        .collect();
    Configuration {
        policies: on
            .iter()
            .map(|(entry, settings)| yaml(&manifest(Shipped::Policy(entry), settings.clone())))
            .collect::<Vec<_>>()
            .join("---\n"),
        group: if on.is_empty() { String::new() } else { yaml(&group(&on)) },
        suite: yaml(&manifest(Shipped::Suite, suite(config, &common))),
        policy_server: if on.is_empty() { String::new() } else { yaml(&policy_server(&on)) },
        kwctl: on.iter().map(|(entry, settings)| kwctl(entry, settings)).collect(),
        command_line: command_line(config, &common),
    }
}

fn yaml(value: &impl Serialize) -> String {
    serde_saphyr::to_string(value).unwrap_or_default()
}

/// The settings that are not the defaults anyway.
fn different(entry: &Entry, common: &[Setting], settings: Map<String, Value>) -> Map<String, Value> {
    let own = catalogue::own(entry);
    let default = |name: &str| own.iter().chain(common).find(|setting| setting.name == name)?.default();
    settings.into_iter().filter(|(name, value)| default(name) != Some(value)).collect()
}

/// One custom resource for all: an object has to be accepted by each policy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    api_version: &'static str,
    kind: &'static str,
    metadata: Value,
    spec: GroupSpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupSpec {
    rules: Vec<Rule>,
    policies: BTreeMap<String, Member>,
    expression: String,
    message: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    module: String,
    #[serde(skip_serializing_if = "is_empty")]
    settings: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    context_aware_resources: Vec<ContextAwareResource>,
}

fn is_empty(settings: &Value) -> bool {
    settings.as_object().is_none_or(Map::is_empty)
}

fn group(on: &[(&'static Entry, Value)]) -> Group {
    // The names are functions of the expression, which knows no dashes.
    let name = |entry: &Entry| entry.meta.id.replace('-', "_");
    let calls: Vec<String> = on.iter().map(|(entry, _)| [&name(entry), "()"].concat()).collect();
    Group {
        api_version: "policies.kubewarden.io/v1",
        kind: "ClusterAdmissionPolicyGroup",
        metadata: json!({"name": "plimsoll"}),
        spec: GroupSpec {
            rules: merged(on.iter().flat_map(|(entry, _)| rules(Shipped::Policy(entry)))),
            policies: on
                .iter()
                .map(|(entry, settings)| {
                    let member = Member {
                        module: module(entry.meta.id),
                        settings: settings.clone(),
                        context_aware_resources: context_aware(entry.meta),
                    };
                    (name(entry), member)
                })
                .collect(),
            expression: calls.join(" && "),
            message: "the object goes against best practices for workloads",
        },
    }
}

/// The rules of all: one for each group, version and set of operations.
fn merged(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
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

/// The file policies.yml of a policy server that runs without a cluster.
fn policy_server(on: &[(&'static Entry, Value)]) -> BTreeMap<&'static str, Value> {
    on.iter()
        .map(|(entry, settings)| {
            let mut policy = json!({"module": module(entry.meta.id)});
            if let Some(fields) = policy.as_object_mut() {
                if mutates(settings) {
                    fields.insert("allowedToMutate".to_owned(), Value::Bool(true));
                }
                if !is_empty(settings) {
                    fields.insert("settings".to_owned(), settings.clone());
                }
                let resources = context_aware(entry.meta);
                if !resources.is_empty() {
                    fields.insert("contextAwareResources".to_owned(), json!(resources));
                }
            }
            (entry.meta.id, policy)
        })
        .collect()
}

/// A command for a shell that asks one policy about the request in a file.
fn kwctl(entry: &Entry, settings: &Value) -> String {
    let mut command = "kwctl run --request-path review.json".to_owned();
    if !is_empty(settings) {
        // In single quotes a shell takes all but single quotes as they are.
        command += &format!(" --settings-json '{}'", settings.to_string().replace('\'', r"'\''"));
    }
    if !context_aware(entry.meta).is_empty() {
        command += " --allow-context-aware";
    }
    format!("{command} {}", module(entry.meta.id))
}

/// What differs from the profile, by policy; `own` says how a policy's settings are written beside `enabled`.
fn choices(
    config: &Config,
    common: &[Setting],
    own: impl Fn(Map<String, Value>) -> Map<String, Value>,
) -> Map<String, Value> {
    let mut choices = Map::new();
    for (id, choice) in &config.policies {
        let Some(entry) = selection::find(id) else { continue };
        let settings = choice.settings.as_object().cloned().unwrap_or_default();
        let mut said = own(different(entry, common, settings));
        if let Some(enabled) = choice.enabled
            && enabled != config::profile(config).includes(entry.meta)
        {
            said.insert("enabled".to_owned(), Value::Bool(enabled));
        }
        if !said.is_empty() {
            choices.insert(id.clone(), Value::Object(said));
        }
    }
    choices
}

fn with_profile(profile: Profile) -> Map<String, Value> {
    let mut settings = Map::new();
    if profile != DEFAULT_PROFILE {
        settings.insert("profile".to_owned(), Value::from(profile.name()));
    }
    settings
}

/// The settings of the module that holds all policies.
fn suite(config: &Config, common: &[Setting]) -> Value {
    let mut settings = with_profile(config::profile(config));
    let version = common.iter().find(|setting| setting.name == "kubernetesVersion").and_then(Setting::default);
    if let Some(wanted) = config.kubernetes_version.as_ref().map(|wanted| Value::from(wanted.as_str()))
        && version != Some(&wanted)
    {
        settings.insert("kubernetesVersion".to_owned(), wanted);
    }
    let policies = choices(config, common, |settings| settings);
    if !policies.is_empty() {
        settings.insert("policies".to_owned(), Value::Object(policies));
    }
    Value::Object(settings)
}

/// The file of `plimsoll check --settings`; empty when nothing differs.
fn command_line(config: &Config, common: &[Setting]) -> String {
    let mut file = with_profile(config::profile(config));
    let policies = choices(config, common, |settings| {
        let mut said = Map::new();
        if !settings.is_empty() {
            said.insert("settings".to_owned(), Value::Object(settings));
        }
        said
    });
    if !policies.is_empty() {
        file.insert("policies".to_owned(), Value::Object(policies));
    }
    if file.is_empty() { String::new() } else { yaml(&file) }
}
