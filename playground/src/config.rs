//! Turns the page's configuration into policies.

use plimsoll::engine::config::{Choice, Configuration, ENABLED, configure};
use plimsoll::policies;
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Profile;
use plimsoll::settings::Date;
use plimsoll_lint::unknown_field::{ENTRY, ONLY_FILES};
use serde_json::{Map, Value, json};

use crate::transfer::{Config, WrongSetting};

const KUBERNETES_VERSION: &str = CommonSettings::KUBERNETES_VERSION;

/// The default profile.
pub(crate) const DEFAULT_PROFILE: Profile = Profile::Production;

/// The policies to run, and the problems of their settings. A policy with invalid settings runs with its defaults: the
/// user is still typing.
pub(crate) fn policies(config: &Config) -> (Vec<Configured>, Vec<WrongSetting>) {
    let (settings, wrong) = usable(config);
    (configure(&settings).unwrap_or_default(), wrong)
}

/// The policies that the command would run: with those that only files are checked by.
pub(crate) fn policies_of_files(config: &Config) -> Vec<Configured> {
    let choice = Choice { more: &ONLY_FILES, ..Choice::default() };
    Configuration::read(&usable(config).0, choice).map(|configuration| configuration.policies).unwrap_or_default()
}

/// The page's choices in the form of a configuration, without invalid settings, and what is wrong with those.
fn usable(config: &Config) -> (Value, Vec<WrongSetting>) {
    let mut settings = configuration(config);
    let mut wrong = Vec::new();
    if let Err(error) = configure(&settings) {
        for problem in error.problems {
            let Some(field) = problem.field.strip_prefix("policies.") else {
                // Invalid shared settings count as unset.
                if let Some(fields) = settings.as_object_mut() {
                    fields.remove(&problem.field);
                }
                continue;
            };
            let (policy, field) = field.split_once('.').unwrap_or((field, ""));
            wrong.push(WrongSetting { policy: policy.to_owned(), field: field.to_owned(), reason: problem.reason });
        }
        if let Some(Value::Object(policies)) = settings.get_mut("policies") {
            for WrongSetting { policy, .. } in &wrong {
                let enabled = policies.remove(policy).and_then(|entry| entry.get(ENABLED).cloned());
                if let Some(enabled) = enabled.filter(|_| policies::find(policy).is_some()) {
                    policies.insert(policy.clone(), json!({ ENABLED: enabled }));
                }
            }
        }
    }
    (settings, wrong)
}

/// What makes notes on fields.
pub(crate) fn of_fields(config: &Config) -> Option<Configured> {
    let mut settings = Map::new();
    if let Some(version) = &config.kubernetes_version {
        settings.insert(KUBERNETES_VERSION.to_owned(), Value::from(version.as_str()));
    }
    let configured = (ENTRY.configure)(&Value::Object(settings));
    // The version may be half typed.
    configured.or_else(|_| (ENTRY.configure)(&json!({}))).ok()
}

/// The page's choices in the form of a configuration.
pub(crate) fn configuration(config: &Config) -> Value {
    let mut settings = Map::new();
    settings.insert("profile".to_owned(), Value::from(profile(config).name()));
    if let Some(version) = &config.kubernetes_version {
        settings.insert(KUBERNETES_VERSION.to_owned(), Value::from(version.as_str()));
    }
    let entries = config.policies.iter().map(|(id, choice)| {
        let mut entry = choice.settings.as_object().cloned().unwrap_or_default();
        if let Some(enabled) = choice.enabled {
            entry.insert(ENABLED.to_owned(), Value::Bool(enabled));
        }
        (id.clone(), Value::Object(entry))
    });
    settings.insert("policies".to_owned(), Value::Object(entries.collect()));
    Value::Object(settings)
}

/// The settings for the module of one policy.
pub(crate) fn settings(config: &Config, id: &str) -> Map<String, Value> {
    let own = config.policies.get(id).map(|choice| &choice.settings);
    let mut settings = own.and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(version) = &config.kubernetes_version {
        settings.entry(KUBERNETES_VERSION).or_insert_with(|| Value::String(version.clone()));
    }
    settings
}

/// The date; without one every exemption that expires has expired.
pub(crate) fn today(config: &Config) -> Date {
    Date::parse(&config.today).unwrap_or(Date::LAST)
}

/// The problems of a policy's settings.
pub(crate) fn wrong_settings(id: &str, settings: &Value) -> Vec<WrongSetting> {
    let wrong = |field: String, reason: String| WrongSetting { policy: id.to_owned(), field, reason };
    let Some(entry) = policies::find(id) else {
        return vec![wrong(String::new(), "there is no such policy".to_owned())];
    };
    match (entry.configure)(settings) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| wrong(problem.field, problem.reason)).collect(),
    }
}

/// The chosen profile.
pub(crate) fn profile(config: &Config) -> Profile {
    config.profile.as_deref().and_then(Profile::named).unwrap_or(DEFAULT_PROFILE)
}
