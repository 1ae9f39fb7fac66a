//! From the page's configuration to policies.

use plimsoll::engine::select::{self, Choice, SelectionError};
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Profile;
use plimsoll::settings::Date;
use serde_json::{Map, Value};

use crate::transfer::{Config, WrongSetting};

/// The profile without a choice.
pub(crate) const DEFAULT_PROFILE: Profile = Profile::Production;

/// The policies that are to check, and what is wrong with their settings. Whose settings are wrong checks with the
/// defaults: somebody is still typing them.
pub(crate) fn policies(config: &Config) -> (Vec<Configured>, Vec<WrongSetting>) {
    let mut choices: Vec<Choice> = POLICIES.iter().map(|entry| choice(config, entry.metadata.id)).collect();
    let unknown = config.policies.keys().filter(|id| select::find(id).is_none());
    let mut wrong: Vec<WrongSetting> = unknown
        .map(|id| WrongSetting {
            policy: id.clone(),
            field: String::new(),
            reason: "there is no such policy".to_owned(),
        })
        .collect();
    let profile = profile(config);
    let selected = select::select(profile, &[], &choices).or_else(|errors| {
        for error in errors {
            let SelectionError::Settings { id, error } = error else { continue };
            wrong.extend(error.problems.into_iter().map(|problem| WrongSetting {
                policy: id.to_owned(),
                field: problem.field,
                reason: problem.reason,
            }));
            if let Some(choice) = choices.iter_mut().find(|choice| choice.id == id) {
                choice.settings = Value::Null;
            }
        }
        select::select(profile, &[], &choices)
    });
    (selected.unwrap_or_default(), wrong)
}

/// The settings that a policy is given.
pub(crate) fn settings(config: &Config, id: &str) -> Map<String, Value> {
    let own = config.policies.get(id).map(|choice| &choice.settings);
    let mut settings = own.and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(version) = &config.kubernetes_version {
        settings.entry("kubernetesVersion").or_insert_with(|| Value::String(version.clone()));
    }
    settings
}

/// Today; without a date every exemption that expires has expired.
pub(crate) fn today(config: &Config) -> Date {
    Date::parse(&config.today).unwrap_or(Date::LAST)
}

/// What is wrong with settings of a policy.
pub(crate) fn wrong_settings(id: &str, settings: &Value) -> Vec<WrongSetting> {
    let wrong = |field: String, reason: String| WrongSetting { policy: id.to_owned(), field, reason };
    let Some(entry) = select::find(id) else {
        return vec![wrong(String::new(), "there is no such policy".to_owned())];
    };
    match (entry.configure)(settings) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.into_iter().map(|problem| wrong(problem.field, problem.reason)).collect(),
    }
}

/// The profile that is chosen.
pub(crate) fn profile(config: &Config) -> Profile {
    config.profile.as_deref().and_then(Profile::named).unwrap_or(DEFAULT_PROFILE)
}

fn choice(config: &Config, id: &str) -> Choice {
    Choice {
        id: id.to_owned(),
        enabled: config.policies.get(id).and_then(|choice| choice.enabled),
        settings: Value::Object(settings(config, id)),
    }
}
