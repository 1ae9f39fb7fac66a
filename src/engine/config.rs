//! The configuration: which policies check, and with which settings. The suite in a cluster, the command and the page
//! share this form.
//!
//! ```yaml
//! profile: production        # starter, production (default), strict, off
//! kubernetesVersion: "1.33"  # once, for all policies
//! onViolation: warn          # the settings that every policy has, for all of them
//! exempt: [{namespace: kube-*, reason: run by the platform}]
//! policies:
//!   missing-prestop:         # a policy's own settings, and what differs from the above
//!     minSeconds: 5
//!     onViolation: deny
//!   mutable-image-tag:
//!     severity: low
//!   root-user:
//!     enabled: false
//! ```

use serde_json::{Map, Value};

use crate::engine::renamed::Renamed;
use crate::policies::{POLICIES, PolicyEntry};
use crate::policy::common::CommonSettings;
use crate::policy::configured::Configured;
use crate::policy::metadata::{Profile, Severity};
use crate::settings::{Problem, SettingsError};

type Fields = Map<String, Value>;

/// The setting of an entry in `policies` that turns the policy on or off; no policy may have a setting of this name.
pub const ENABLED: &str = "enabled";

/// The error of an entry in `policies` with an unknown id.
pub const NO_SUCH_POLICY: &str = "there is no such policy";

/// The policies that a configuration enables.
#[derive(Debug)]
pub struct Configuration {
    /// The profile.
    pub profile: Profile,
    /// The policies, in the order of the list.
    pub policies: Vec<Configured>,
    /// The policies that it calls by ids that they had.
    pub renamed: Vec<Renamed>,
}

/// The choices of the program that runs the policies, which override the configuration.
#[derive(Clone, Copy, Default)]
pub struct Choice<'c> {
    /// Overrides the profile.
    pub profile: Option<Profile>,
    /// Only these policies are on, regardless of profile and configuration; if empty, those that these enable.
    pub only: &'c [String],
    /// The `minSeverity` of policies for which the configuration sets none; without it that of the profile.
    pub min_severity: Option<Severity>,
    /// Policies that only this program has, beside those of the list.
    pub more: &'static [&'static PolicyEntry],
}

/// The policies that a configuration enables, for the suite.
///
/// # Errors
/// As for [`Configuration::read`].
pub fn configure(settings: &Value) -> Result<Vec<Configured>, SettingsError> {
    Configuration::read(settings, Choice::default()).map(|configuration| configuration.policies)
}

impl Configuration {
    /// Reads a configuration: a mapping, or null for all defaults.
    ///
    /// # Errors
    /// All problems of the configuration, also in policies that are off.
    pub fn read(settings: &Value, choice: Choice<'_>) -> Result<Configuration, SettingsError> {
        let empty = Fields::new();
        let mut fields = match settings {
            Value::Null => Fields::new(),
            Value::Object(fields) => fields.clone(),
            _ => return Err(SettingsError::new("settings", "should be a mapping")),
        };
        let all = || POLICIES.iter().chain(choice.more.iter().copied());
        let metadata = || all().map(|entry| entry.metadata);
        let renamed = Renamed::put_right(&mut fields, metadata());
        let mut error = SettingsError::default();
        let mut profile = Profile::Production;
        let mut entries = &empty;
        let mut shared = Fields::new();
        for (key, value) in &fields {
            match (key.as_str(), value) {
                ("profile", value) => match value.as_str().and_then(Profile::named) {
                    Some(named) => profile = named,
                    None => error.add("profile", "should be one of starter production strict off"),
                },
                ("policies", Value::Object(fields)) => entries = fields,
                ("policies", Value::Null) => {}
                ("policies", _) => error.add("policies", "should be a mapping"),
                (key, value) if CommonSettings::SHARED.contains(&key) => {
                    shared.insert(key.to_owned(), value.clone());
                }
                (key, _) => error.add(key, "unknown field"),
            }
        }
        let profile = choice.profile.unwrap_or(profile);
        // Read only once, for all policies.
        CommonSettings::read(&shared, &mut error);
        let is_known = |id: &str| metadata().any(|policy| policy.id == id);
        for id in choice.only {
            if !is_known(id) {
                error.add(id.as_str(), NO_SUCH_POLICY);
            }
        }
        for id in entries.keys() {
            if let Some(Renamed { to, .. }) = Renamed::of(id, metadata()) {
                error.add(["policies.", id].concat(), ["was renamed to ", to, ", which has an entry, too"].concat());
            } else if !is_known(id) {
                error.add(["policies.", id].concat(), NO_SUCH_POLICY);
            }
        }
        let shared = if error.problems.is_empty() { shared } else { Fields::new() };

        let mut configured = Vec::new();
        for entry in all() {
            let id = entry.metadata.id;
            let own = match entries.get(id) {
                None | Some(Value::Null) => &empty,
                Some(Value::Object(own)) => own,
                Some(_) => {
                    error.add(["policies.", id].concat(), "should be a mapping");
                    continue;
                }
            };
            let enabled = match own.get(ENABLED) {
                _ if !choice.only.is_empty() => choice.only.iter().any(|named| named == id),
                None => profile.includes(entry.metadata),
                Some(Value::Bool(enabled)) => *enabled,
                Some(_) => {
                    error.add(["policies.", id, ".", ENABLED].concat(), "should be true or false");
                    continue;
                }
            };
            for key in CommonSettings::ONCE.into_iter().filter(|key| own.contains_key(*key)) {
                error.add(["policies.", id, ".", key].concat(), "is set once for all policies, beside `policies`");
            }
            let settings = merged(&shared, own);
            let is_set = settings.contains_key(CommonSettings::MIN_SEVERITY);
            match (entry.configure)(&Value::Object(settings)) {
                Ok(mut policy) if enabled => {
                    let named = !choice.only.is_empty() || own.contains_key(ENABLED);
                    if !is_set {
                        let of_profile = if named { Severity::Info } else { profile.min_severity() };
                        policy.common.min_severity = choice.min_severity.unwrap_or(of_profile);
                    }
                    configured.push(policy);
                }
                Ok(_) => {}
                Err(wrong) => error.problems.extend(wrong.problems.into_iter().map(|problem| Problem {
                    field: ["policies.", id, ".", &problem.field].concat(),
                    reason: problem.reason,
                })),
            }
        }
        if error.problems.is_empty() {
            Ok(Configuration { profile, policies: configured, renamed })
        } else {
            Err(error)
        }
    }
}

/// The settings of a policy's own module that come to what a configuration says of the policy.
pub fn settings_of(configuration: &Value, id: &str) -> Map<String, Value> {
    let shared = configuration.as_object().into_iter().flatten();
    let shared = shared.filter(|(key, _)| CommonSettings::SHARED.contains(&key.as_str()));
    let own = configuration.get("policies").and_then(|policies| policies.get(id)).and_then(Value::as_object);
    merged(&shared.map(|(key, value)| (key.clone(), value.clone())).collect(), own.unwrap_or(&Fields::new()))
}

/// A policy's entry overrides the shared settings; exemptions add up.
fn merged(shared: &Fields, own: &Fields) -> Fields {
    let mut merged = shared.clone();
    for (key, value) in own {
        match (key.as_str(), merged.get_mut(key), value) {
            (ENABLED, ..) => {}
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
    fn profile_selects_policies_and_entries_override_it() {
        assert!(!ids(json!({"profile": "starter"})).contains(&"missing-prestop"));
        assert!(ids(Value::Null).contains(&"missing-prestop"));
        assert_eq!(
            ids(json!({"profile": "off", "policies": {"missing-prestop": {"enabled": true}}})),
            ["missing-prestop"]
        );
        assert!(!ids(json!({"policies": {"missing-prestop": {"enabled": false}}})).contains(&"missing-prestop"));
    }

    #[test]
    fn entries_override_shared_settings() {
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
    fn hints_are_for_the_strict_profile_and_for_who_asks() {
        let least = |settings: Value, choice: Choice<'_>| {
            let all = Configuration::read(&settings, choice).unwrap().policies;
            let own = all.iter().find(|policy| policy.metadata.id == "missing-prestop").unwrap();
            own.common.min_severity.name()
        };
        let none = Choice::default();
        assert_eq!(least(Value::Null, none), "low");
        assert_eq!(least(json!({"profile": "strict"}), none), "info");
        assert_eq!(least(json!({"minSeverity": "info"}), none), "info");
        assert_eq!(least(json!({"policies": {"missing-prestop": {"minSeverity": "info"}}}), none), "info");
        assert_eq!(least(json!({"policies": {"missing-prestop": {"enabled": true}}}), none), "info");
        let only = ["missing-prestop".to_owned()];
        assert_eq!(least(Value::Null, Choice { only: &only, ..none }), "info");
        assert_eq!(least(Value::Null, Choice { min_severity: Some(Severity::Info), ..none }), "info");
        assert_eq!(
            least(json!({"minSeverity": "high"}), Choice { min_severity: Some(Severity::Info), ..none }),
            "high"
        );
    }

    #[test]
    fn only_overrides_profile_and_entries() {
        let only = ["missing-prestop".to_owned()];
        let choice = Choice { profile: Some(Profile::Starter), only: &only, min_severity: None, more: &[] };
        let off = json!({"profile": "strict", "policies": {"missing-prestop": {"enabled": false, "minSeconds": 5}}});
        let configuration = Configuration::read(&off, choice).unwrap();
        let ids: Vec<&str> = configuration.policies.iter().map(|policy| policy.metadata.id).collect();
        assert_eq!((configuration.profile, ids), (Profile::Starter, vec!["missing-prestop"]));
    }

    #[test]
    fn all_problems_are_reported() {
        for (settings, field) in [
            (json!({"profil": "starter"}), "profil"),
            (json!({"profile": "all"}), "profile"),
            (json!({"onViolation": "never"}), "onViolation"),
            (json!({"severity": "low"}), "severity"),
            (json!({"policies": {"missing-prestop": {"severity": "bad"}}}), "policies.missing-prestop.severity"),
            (
                json!({"policies": {"missing-prestop": {"kubernetesVersion": "1.30"}}}),
                "policies.missing-prestop.kubernetesVersion",
            ),
            (json!({"policies": {"missing-postop": {}}}), "policies.missing-postop"),
            (json!({"policies": {"missing-prestop": {"enabled": 1}}}), "policies.missing-prestop.enabled"),
            (json!({"policies": {"missing-prestop": {"minSeconds": -1}}}), "policies.missing-prestop.minSeconds"),
            (json!({"policies": {"missing-prestop": {"exempt": [{}]}}}), "policies.missing-prestop.exempt[0].reason"),
        ] {
            let error = configure(&settings).unwrap_err();
            assert_eq!(error.problems[0].field, field, "{settings}");
        }
        let several = json!({"profil": 1, "policies": {"missing-prestop": {"minSeconds": -1}, "nothing": {}}});
        assert_eq!(configure(&several).unwrap_err().problems.len(), 3);
    }
}
