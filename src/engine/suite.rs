//! All policies in one module: which of them check, and with which settings, is itself a setting.
//!
//! ```yaml
//! profile: production        # starter, production (default), strict, off
//! onViolation: warn          # the settings that every policy has, for all of them
//! exempt: [{namespace: kube-*, reason: run by the platform}]
//! policies:
//!   missing-prestop:         # a policy's own settings, and what differs from the above
//!     minSeconds: 5
//!     onViolation: deny
//!   root-user:
//!     enabled: false
//! ```

use serde_json::{Map, Value};

use crate::policies::POLICIES;
use crate::policy::common::CommonSettings;
use crate::policy::configured::Configured;
use crate::policy::metadata::Profile;
use crate::settings::{Problem, SettingsError};

type Fields = Map<String, Value>;

/// Reads the suite's settings and configures the policies that they switch on, in the order of the list.
///
/// # Errors
/// Everything that is wrong with the settings, of policies that are off too.
pub fn configure(settings: &Value) -> Result<Vec<Configured>, SettingsError> {
    let empty = Fields::new();
    let fields = match settings {
        Value::Null => &empty,
        Value::Object(fields) => fields,
        _ => return Err(SettingsError::new("settings", "should be a mapping")),
    };
    let mut error = SettingsError::default();
    let mut profile = Profile::Production;
    let mut policies = &empty;
    let mut shared = Fields::new();
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("profile", value) => match value.as_str().and_then(Profile::named) {
                Some(named) => profile = named,
                None => error.add("profile", "should be one of starter production strict off"),
            },
            ("policies", Value::Object(fields)) => policies = fields,
            ("policies", _) => error.add("policies", "should be a mapping"),
            (key, value) if CommonSettings::KEYS.contains(&key) => {
                shared.insert(key.to_owned(), value.clone());
            }
            (key, _) => error.add(key, "unknown field"),
        }
    }
    // Once for the suite, not once for each policy.
    CommonSettings::read(&shared, &mut error);
    for id in policies.keys() {
        if !POLICIES.iter().any(|entry| entry.metadata.id == id) {
            error.add(["policies.", id].concat(), "there is no such policy");
        }
    }
    if !error.problems.is_empty() {
        return Err(error);
    }

    let mut configured = Vec::new();
    for entry in POLICIES {
        let id = entry.metadata.id;
        let choice = match policies.get(id) {
            None => &empty,
            Some(Value::Object(choice)) => choice,
            Some(_) => {
                error.add(["policies.", id].concat(), "should be a mapping");
                continue;
            }
        };
        let enabled = match choice.get("enabled") {
            None => profile.includes(entry.metadata),
            Some(Value::Bool(enabled)) => *enabled,
            Some(_) => {
                error.add(["policies.", id, ".enabled"].concat(), "should be true or false");
                continue;
            }
        };
        match (entry.configure)(&Value::Object(merged(&shared, choice))) {
            Ok(policy) if enabled => configured.push(policy),
            Ok(_) => {}
            Err(wrong) => error.problems.extend(wrong.problems.into_iter().map(|problem| Problem {
                field: ["policies.", id, ".", &problem.field].concat(),
                reason: problem.reason,
            })),
        }
    }
    if error.problems.is_empty() { Ok(configured) } else { Err(error) }
}

/// The policy's own word goes before the suite's, but for exemptions, which add up.
fn merged(shared: &Fields, choice: &Fields) -> Fields {
    let mut merged = shared.clone();
    for (key, value) in choice {
        match (key.as_str(), merged.get_mut(key), value) {
            ("enabled", ..) => {}
            ("exempt", Some(Value::Array(entries)), Value::Array(more)) => entries.extend(more.iter().cloned()),
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(settings: Value) -> Vec<&'static str> {
        configure(&settings).unwrap().iter().map(|policy| policy.metadata.id).collect()
    }

    #[test]
    fn the_profile_chooses_and_a_policy_may_differ() {
        assert!(!ids(json!({"profile": "starter"})).contains(&"missing-prestop"));
        assert!(ids(Value::Null).contains(&"missing-prestop"));
        assert_eq!(
            ids(json!({"profile": "off", "policies": {"missing-prestop": {"enabled": true}}})),
            ["missing-prestop"]
        );
        assert!(!ids(json!({"policies": {"missing-prestop": {"enabled": false}}})).contains(&"missing-prestop"));
    }

    #[test]
    fn shared_settings_hold_unless_a_policy_has_its_own() {
        let entry = |name: &str| json!({"name": name, "reason": "known"});
        let all = configure(&json!({"minSeverity": "low", "exempt": [entry("a")], "policies":
            {"missing-prestop": {"minSeverity": "high", "exempt": [entry("b")]}}}))
        .unwrap();
        for policy in all {
            let own = policy.metadata.id == "missing-prestop";
            assert_eq!(policy.common.min_severity.name(), if own { "high" } else { "low" });
            assert_eq!(policy.common.exempt.len(), if own { 2 } else { 1 });
        }
    }

    #[test]
    fn everything_wrong_is_named() {
        for (settings, field) in [
            (json!({"profil": "starter"}), "profil"),
            (json!({"profile": "all"}), "profile"),
            (json!({"onViolation": "never"}), "onViolation"),
            (json!({"policies": {"missing-postop": {}}}), "policies.missing-postop"),
            (json!({"policies": {"missing-prestop": {"enabled": 1}}}), "policies.missing-prestop.enabled"),
            (json!({"policies": {"missing-prestop": {"minSeconds": -1}}}), "policies.missing-prestop.minSeconds"),
            (json!({"policies": {"missing-prestop": {"exempt": [{}]}}}), "policies.missing-prestop.exempt[0].reason"),
        ] {
            let error = configure(&settings).unwrap_err();
            assert_eq!(error.problems[0].field, field, "{settings}");
        }
    }
}
