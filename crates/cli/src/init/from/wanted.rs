//! The policies that do what another linter checks here, and what can't be taken over.

use std::collections::BTreeMap;

use plimsoll::policy::metadata::Severity;
use plimsoll_peers::{Answer, Check, Peer};
use serde_json::{Map, Value, json};

use crate::explain::peer::unknown_check;
use crate::visible;

type Settings = Map<String, Value>;

/// A configuration in the making.
#[derive(Default)]
pub(crate) struct Wanted {
    policies: BTreeMap<String, Policy>,
    /// Names of checks, and why they aren't taken over.
    left: Vec<(String, String)>,
    /// Patterns of files that are left out.
    pub(super) exclude: Vec<String>,
    /// Exemptions from all policies.
    pub(super) exempt: Vec<Value>,
    /// The version of the clusters, as `1.33`.
    pub(super) kubernetes_version: Option<String>,
    /// Whether severities are taken over.
    pub(super) severities: bool,
    /// How many checks there are.
    checks: usize,
}

/// A policy that is on.
#[derive(Default)]
struct Policy {
    /// The checks that it does.
    checks: Vec<String>,
    /// What it checks differently.
    differs: Vec<String>,
    settings: Settings,
    exempt: Vec<Value>,
    severity: Option<Severity>,
}

impl Wanted {
    /// Turns on the policies that do a check.
    pub(super) fn take(&mut self, peer: &Peer, id: &str, severity: Option<Severity>) {
        match peer.answer(id) {
            Some((id, Answer::Ours(check))) => self.add(id, check, severity),
            Some((id, Answer::Out(group))) => self.leave(id, &group.reason),
            None => self.leave(id, &format!("{}.", unknown_check(peer, id))),
        }
    }

    /// Turns on the policies of a check.
    pub(super) fn add(&mut self, name: &str, check: &Check, severity: Option<Severity>) {
        self.checks += 1;
        for id in &check.ours {
            let policy = self.policies.entry(id.clone()).or_default();
            let settings = check.settings.get(id).cloned().unwrap_or_default();
            policy.settings = match policy.checks.is_empty() {
                true => settings,
                false => both(std::mem::take(&mut policy.settings), settings),
            };
            policy.checks.push(name.to_owned());
            policy.severity = policy.severity.max(severity);
            if let Some(differs) = check.differs.as_ref().filter(|differs| !policy.differs.contains(differs)) {
                policy.differs.push(differs.clone());
            }
        }
    }

    /// Says what isn't taken over.
    pub(super) fn leave(&mut self, name: &str, reason: &str) {
        self.checks += 1;
        self.left.push((name.to_owned(), reason.to_owned()));
    }

    /// Says what else isn't taken over, which is no check.
    pub(super) fn note(&mut self, name: &str, reason: &str) {
        self.left.push((name.to_owned(), reason.to_owned()));
    }

    /// Turns a policy off again for a part of a check that was left out.
    pub(super) fn without(&mut self, id: &str) {
        self.policies.remove(id);
    }

    /// Sets something of a policy that is on.
    pub(super) fn set(&mut self, id: &str, setting: &str, value: Value) {
        if let Some(policy) = self.policies.get_mut(id) {
            policy.settings.insert(setting.to_owned(), value);
        }
    }

    /// Exempts objects from what does a check, as far as it is on.
    pub(super) fn exempt_from(&mut self, peer: &Peer, check: &str, entry: &Value) {
        let Some((_, Answer::Ours(check))) = peer.answer(check) else { return };
        for id in &check.ours {
            let Some(policy) = self.policies.get_mut(id) else { continue };
            // Several checks of one object, or of one exemption, come one after the other.
            if policy.exempt.last() != Some(entry) {
                policy.exempt.push(entry.clone());
            }
        }
    }

    /// Whether severities are taken over.
    pub(crate) fn has_severities(&self) -> bool {
        self.severities
    }

    /// How many checks there are, and how many of them are taken over.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let names: std::collections::BTreeSet<&str> =
            self.policies.values().flat_map(|policy| policy.checks.iter().map(String::as_str)).collect();
        (self.checks, names.len())
    }

    /// What `policies` says, and what comes before it in a file.
    pub(crate) fn lines(&self, lines: &mut Vec<String>) -> anyhow::Result<()> {
        if let Some(version) = &self.kubernetes_version {
            block(lines, &json!({"kubernetesVersion": version}), "")?;
        } else {
            lines.extend(["# The version of your clusters.", "# kubernetesVersion: \"1.33\""].map(str::to_owned));
        }
        lines.push(String::new());
        if !self.exclude.is_empty() {
            block(lines, &json!({"exclude": self.exclude}), "")?;
            lines.push(String::new());
        }
        if !self.exempt.is_empty() {
            lines.push("# Exempted from everything.".to_owned());
            block(lines, &json!({"exempt": self.exempt}), "")?;
            lines.push(String::new());
        }
        lines.push(if self.policies.is_empty() { "policies: {}" } else { "policies:" }.to_owned());
        for (id, policy) in &self.policies {
            comment(lines, "  ", &format!("{}.", policy.checks.join(", ")), &policy.differs);
            let mut settings = Settings::new();
            settings.insert("enabled".to_owned(), true.into());
            settings.extend(policy.severity.map(|severity| ("severity".to_owned(), severity.name().into())));
            settings.extend(policy.settings.clone());
            if !policy.exempt.is_empty() {
                settings.insert("exempt".to_owned(), policy.exempt.clone().into());
            }
            block(lines, &json!({id.as_str(): settings}), "  ")?;
        }
        if !self.left.is_empty() {
            lines.extend([String::new(), "# Not taken over:".to_owned()]);
            for (name, reason) in &self.left {
                comment(lines, "", &format!("- {name}: {reason}"), &[]);
            }
        }
        Ok(())
    }
}

/// A field, whatever its case: kube-linter doesn't mind.
pub(super) fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let fields = value.as_object()?;
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The texts of a list.
pub(super) fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What two checks want of one policy. Where one of them wants the default, a list doesn't narrow it.
fn both(one: Settings, other: Settings) -> Settings {
    let mut settings = Settings::new();
    let keys: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for key in keys {
        let value = match (one.get(key), other.get(key)) {
            (Some(Value::Array(one)), Some(Value::Array(other))) if accepts(key) => {
                let both: Vec<Value> = one.iter().filter(|item| other.contains(item)).cloned().collect();
                // None is the default.
                if both.is_empty() {
                    continue;
                }
                both.into()
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                let more = other.iter().filter(|item| !one.contains(item));
                one.iter().chain(more).cloned().collect::<Vec<Value>>().into()
            }
            (Some(Value::Array(_)), None) | (None, Some(Value::Array(_))) => continue,
            (Some(value), _) | (None, Some(value)) => value.clone(),
            (None, None) => continue,
        };
        settings.insert(key.clone(), value);
    }
    settings
}

/// Whether a list says what isn't reported: two checks accept what both do.
fn accepts(setting: &str) -> bool {
    setting.starts_with("allow") || setting.starts_with("accept") || setting == "external"
}

fn block(lines: &mut Vec<String>, value: &Value, indent: &str) -> anyhow::Result<()> {
    let text = serde_saphyr::to_string(value)?;
    lines.extend(text.lines().map(|line| format!("{indent}{line}")));
    Ok(())
}

/// A comment of one line, and more lines.
fn comment(lines: &mut Vec<String>, indent: &str, first: &str, more: &[String]) {
    // Names are those of somebody's file: a line break would end the comment.
    let line = |text: &str| format!("{indent}# {}", visible::message(text));
    lines.push(line(first));
    lines.extend(more.iter().map(|text| line(text)));
}
