//! Exports the enabled policies for a cluster, a policy server and the command line.

use std::collections::BTreeMap;

use plimsoll::kube::version::KubernetesVersion;
use plimsoll::policies::{self, POLICIES, PolicyEntry};
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::metadata::Profile;
use plimsoll_kubewarden::{
    HostCall, Rollout, Shipped, context_aware, group, host_calls, look_ups, manifest, module, mutates, rbac,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::catalogue::newest;
use crate::config::{self, DEFAULT_PROFILE};
use crate::transfer::{Config, Configuration, Descriptions};

pub(crate) fn configuration(config: &Config, descriptions: &Descriptions) -> Configuration {
    let config = &without_invalid_settings(config);
    let (configured, _) = config::policies(config);
    let on: Vec<(&'static PolicyEntry, Value)> = configured
        .iter()
        .filter_map(|policy| policies::find(policy.metadata.id))
        .map(|entry| {
            (entry, Value::Object(different(entry, descriptions, config::settings(config, entry.metadata.id))))
        })
        .collect();
    let shared = shared(config, descriptions);
    Configuration {
        policies: on
            .iter()
            .map(|(entry, settings)| yaml(&manifest(Shipped::Policy(entry), settings.clone())))
            .collect::<Vec<_>>()
            .join("---\n"),
        group: if on.is_empty() { String::new() } else { yaml(&group(&on, Rollout::default())) },
        rbac: rights(&on),
        suite: yaml(&manifest(Shipped::Suite, shared.clone())),
        policy_server: if on.is_empty() { String::new() } else { yaml(&policy_server(&on)) },
        kwctl: on.iter().map(|(entry, settings)| kwctl(entry, settings)).collect(),
        command_line: if is_empty(&shared) { String::new() } else { yaml(&shared) },
    }
}

fn yaml(value: &impl Serialize) -> String {
    serde_saphyr::to_string(value).unwrap_or_default()
}

/// The configuration that the page checks with: without invalid settings, at which policy-server would stop.
fn without_invalid_settings(config: &Config) -> Config {
    let mut usable = config.clone();
    usable.kubernetes_version = usable.kubernetes_version.filter(|version| KubernetesVersion::parse(version).is_some());
    let (_, wrong) = config::policies(&usable);
    for wrong in wrong {
        if let Some(choice) = usable.policies.get_mut(&wrong.policy) {
            choice.settings = Value::Null;
        }
    }
    usable
}

/// The settings that differ from the defaults.
fn different(entry: &PolicyEntry, descriptions: &Descriptions, settings: Map<String, Value>) -> Map<String, Value> {
    let own = descriptions.policies.get(entry.metadata.id).map(|description| &description.settings);
    let known = || own.into_iter().flatten().chain(&descriptions.common_settings);
    let is_default = |name: &str, value: &Value| match name {
        // It holds for all policies.
        CommonSettings::KUBERNETES_VERSION => value.as_str() == Some(&newest()),
        // The default null says that it depends.
        _ => !value.is_null() && known().any(|setting| setting.name == name && setting.default == *value),
    };
    settings.into_iter().filter(|(name, value)| !is_default(name, value)).collect()
}

/// The permissions that PolicyServer needs for the policies' look-ups.
fn rights(on: &[(&'static PolicyEntry, Value)]) -> String {
    let Some([role, binding]) = rbac("plimsoll", on.iter().flat_map(|(entry, _)| look_ups(entry.metadata))) else {
        return String::new();
    };
    [
        "# The service account is that of the default PolicyServer, in the default namespace.\n",
        &yaml(&role),
        "---\n",
        &yaml(&binding),
    ]
    .concat()
}

fn is_empty(settings: &Value) -> bool {
    settings.as_object().is_none_or(Map::is_empty)
}

/// The file policies.yml of a policy server without a cluster.
fn policy_server(on: &[(&'static PolicyEntry, Value)]) -> BTreeMap<&'static str, Value> {
    on.iter()
        .map(|(entry, settings)| {
            let mut policy = json!({"module": module(entry.metadata.id)});
            if let Some(fields) = policy.as_object_mut() {
                if mutates(settings) {
                    fields.insert("allowedToMutate".to_owned(), Value::Bool(true));
                }
                if !is_empty(settings) {
                    fields.insert("settings".to_owned(), settings.clone());
                }
                let resources = context_aware(entry.metadata);
                if !resources.is_empty() {
                    fields.insert("contextAwareResources".to_owned(), json!(resources));
                    // Without a cluster's controller a policy may only make the calls that are listed here.
                    let calls: Vec<_> =
                        host_calls(entry.metadata).into_iter().flat_map(HostCall::capabilities).collect();
                    fields.insert("hostCapabilities".to_owned(), json!(calls));
                }
            }
            (entry.metadata.id, policy)
        })
        .collect()
}

/// A shell command that runs one policy on the request in a file.
fn kwctl(entry: &PolicyEntry, settings: &Value) -> String {
    let mut command = "kwctl run --request-path review.json".to_owned();
    if !is_empty(settings) {
        // In single quotes a shell changes nothing except single quotes.
        command += &format!(" --settings-json '{}'", settings.to_string().replace('\'', r"'\''"));
    }
    if !context_aware(entry.metadata).is_empty() {
        command += " --allow-context-aware";
    }
    format!("{command} {}", module(entry.metadata.id))
}

/// The differences from a profile, by policy; `entry_of` returns the entry of a policy that is on.
fn choices(
    config: &Config,
    base: Profile,
    entry_of: impl Fn(&'static PolicyEntry) -> Map<String, Value>,
) -> Map<String, Value> {
    let mut choices = Map::new();
    for entry in POLICIES {
        let chosen = config.policies.get(entry.metadata.id).and_then(|choice| choice.enabled);
        let enabled = chosen.unwrap_or_else(|| config::profile(config).includes(entry.metadata));
        let mut choice = if enabled { entry_of(entry) } else { Map::new() };
        if enabled != base.includes(entry.metadata) {
            choice.insert("enabled".to_owned(), Value::Bool(enabled));
        }
        if !choice.is_empty() {
            choices.insert(entry.metadata.id.to_owned(), Value::Object(choice));
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

/// The configuration for the suite and for the command.
fn shared(config: &Config, descriptions: &Descriptions) -> Value {
    let mut settings = with_profile(config::profile(config));
    if let Some(wanted) = config.kubernetes_version.as_ref().filter(|wanted| **wanted != newest()) {
        settings.insert(CommonSettings::KUBERNETES_VERSION.to_owned(), Value::from(wanted.as_str()));
    }
    let policies = choices(config, config::profile(config), |entry| {
        let own = config.policies.get(entry.metadata.id).and_then(|choice| choice.settings.as_object());
        different(entry, descriptions, own.cloned().unwrap_or_default())
    });
    if !policies.is_empty() {
        settings.insert("policies".to_owned(), Value::Object(policies));
    }
    Value::Object(settings)
}
