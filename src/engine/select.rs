//! Which policies check, and with which settings.

use serde_json::Value;

use crate::policies::POLICIES;
use crate::policies::PolicyEntry;
use crate::policy::configured::Configured;
use crate::policy::metadata::Profile;
use crate::settings::SettingsError;

/// What a user says of one policy.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The policy.
    pub id: String,
    /// On or off, whatever the profile says; `None` leaves it to the profile.
    pub enabled: Option<bool>,
    /// Its settings: a mapping, or null for the defaults.
    pub settings: Value,
}

/// Settings of one policy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// There is no such policy.
    #[error("there is no policy {0}")]
    Unknown(String),
    /// Its settings are wrong.
    #[error("{id}: {error}")]
    Settings {
        /// The policy.
        id: &'static str,
        /// What is wrong with them.
        error: SettingsError,
    },
}

/// The policy with that id.
pub fn find(id: &str) -> Option<&'static PolicyEntry> {
    POLICIES.iter().find(|entry| entry.metadata.id == id)
}

/// Configures the policies that are to check, in the order of the list: those in `only`, or, when that is empty, those
/// that `profile` has on, plus and minus what `choices` switch. Settings are checked for policies that are off, too.
///
/// # Errors
/// Every unknown id and every wrong setting, at once.
pub fn select(profile: Profile, only: &[String], choices: &[Choice]) -> Result<Vec<Configured>, Vec<SelectionError>> {
    let mut errors = Vec::new();
    for id in only.iter().chain(choices.iter().map(|choice| &choice.id)) {
        if find(id).is_none() {
            errors.push(SelectionError::Unknown(id.clone()));
        }
    }
    let mut selected = Vec::new();
    for entry in POLICIES {
        let id = entry.metadata.id;
        let choice = choices.iter().find(|choice| choice.id == id);
        let enabled = if only.is_empty() {
            choice.and_then(|choice| choice.enabled).unwrap_or_else(|| profile.includes(entry.metadata))
        } else {
            only.iter().any(|named| named == id)
        };
        match (entry.configure)(choice.map_or(&Value::Null, |choice| &choice.settings)) {
            Ok(policy) if enabled => selected.push(policy),
            Ok(_) => {}
            Err(error) => errors.push(SelectionError::Settings { id, error }),
        }
    }
    if errors.is_empty() { Ok(selected) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(profile: Profile, only: &[&str], choices: &[Choice]) -> Vec<&'static str> {
        let only: Vec<String> = only.iter().map(|&id| id.to_owned()).collect();
        select(profile, &only, choices).unwrap().iter().map(|policy| policy.metadata.id).collect()
    }

    fn choice(enabled: Option<bool>, settings: Value) -> Choice {
        Choice { id: "missing-prestop".to_owned(), enabled, settings }
    }

    #[test]
    fn a_profile_has_what_is_in_it_and_in_those_before() {
        assert!(!ids(Profile::Starter, &[], &[]).contains(&"missing-prestop"));
        assert!(ids(Profile::Production, &[], &[]).contains(&"missing-prestop"));
        assert!(ids(Profile::Strict, &[], &[]).contains(&"missing-prestop"));
    }

    #[test]
    fn a_choice_beats_the_profile_and_a_name_beats_both() {
        let off = [choice(Some(false), Value::Null)];
        assert!(!ids(Profile::Production, &[], &off).contains(&"missing-prestop"));
        assert_eq!(ids(Profile::Starter, &["missing-prestop"], &off), ["missing-prestop"]);
        assert!(ids(Profile::Starter, &[], &[choice(Some(true), Value::Null)]).contains(&"missing-prestop"));
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let choices = [choice(Some(false), json!({"minSeconds": "long"}))];
        let errors = select(Profile::Starter, &["missing-prestopp".to_owned()], &choices).unwrap_err();
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert_eq!(texts[0], "there is no policy missing-prestopp");
        assert!(texts[1].starts_with("missing-prestop: minSeconds: "), "{texts:?}");
    }
}
