//! Turns the page's configuration into policies.

use std::collections::BTreeMap;

use plimsoll::engine;
use plimsoll::engine::config::{Configuration, ENABLED, configure};
use plimsoll::engine::renamed::Renamed;
use plimsoll::policies::{self, POLICIES};
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::{Metadata, Profile};
use plimsoll::settings::Date;
use plimsoll_lint::unknown_field::{ENTRY, ONLY_FILES};
use serde_json::{Map, Value, json};

use crate::transfer::{Choice, Config, WrongSetting};

const KUBERNETES_VERSION: &str = CommonSettings::KUBERNETES_VERSION;

/// The default profile.
pub(crate) const DEFAULT_PROFILE: Profile = Profile::Production;

/// What the page sent, which comes from links and drafts: they may have ids that policies had.
pub(crate) fn read(text: &str) -> Config {
    let mut config: Config = crate::read(text);
    config.policies = renamed(config.policies, POLICIES.iter().map(|entry| entry.metadata));
    config
}

/// The choices by the ids that policies have. Of two for one policy, that by its current id counts.
fn renamed(
    policies: BTreeMap<String, Choice>,
    all: impl Iterator<Item = &'static Metadata> + Clone,
) -> BTreeMap<String, Choice> {
    let mut current = BTreeMap::new();
    for (id, choice) in policies {
        if let Some(Renamed { to, .. }) = Renamed::of(&id, all.clone()) {
            current.entry(to.to_owned()).or_insert(choice);
        } else {
            current.insert(id, choice);
        }
    }
    current
}

/// The policies to run, and the problems of their settings. A policy with invalid settings runs with its defaults: the
/// user is still typing.
pub(crate) fn policies(config: &Config) -> (Vec<Configured>, Vec<WrongSetting>) {
    let (settings, wrong) = usable(config);
    (configure(&settings).unwrap_or_default(), wrong)
}

/// The policies that the command would run: with those that only files are checked by.
pub(crate) fn policies_of_files(config: &Config) -> Vec<Configured> {
    let choice = engine::config::Choice { more: &ONLY_FILES, ..engine::config::Choice::default() };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_by_an_old_id_is_one_for_the_policy() {
        static METADATA: Metadata =
            Metadata { id: "new-name", renamed_from: &["a-name", "old-name"], ..Metadata::DEFAULT };
        let settings = |policies: &[(&str, u8)]| -> Vec<(String, Value)> {
            let choices = policies
                .iter()
                .map(|(id, number)| ((*id).to_owned(), Choice { enabled: None, settings: Value::from(*number) }));
            let current = renamed(choices.collect(), [&METADATA].into_iter());
            current.into_iter().map(|(id, choice)| (id, choice.settings)).collect()
        };
        let one = |number: u8| vec![("new-name".to_owned(), Value::from(number))];
        assert_eq!(settings(&[("old-name", 1)]), one(1));
        // That by the current id counts, whichever comes first.
        assert_eq!(settings(&[("a-name", 1), ("new-name", 2)]), one(2));
        assert_eq!(settings(&[("new-name", 2), ("old-name", 1)]), one(2));
        assert_eq!(settings(&[("older-name", 1)]), [("older-name".to_owned(), Value::from(1))]);
    }
}
