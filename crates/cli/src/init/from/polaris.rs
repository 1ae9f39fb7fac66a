//! Polaris's configuration.

use plimsoll::policy::metadata::Severity;
use plimsoll_peers::Peer;
use serde_json::{Map, Value};

use super::wanted::{Wanted, field, texts};

pub(super) const NAME: &str = "polaris";

/// How severe its findings are.
const SEVERITIES: [(&str, Option<Severity>); 3] =
    [("ignore", None), ("warning", Some(Severity::Medium)), ("danger", Some(Severity::High))];

pub(super) fn is_severity(value: &Value) -> bool {
    value.as_str().is_some_and(|text| SEVERITIES.iter().any(|(known, _)| *known == text))
}

/// Takes over a configuration, or what is on without one.
pub(super) fn take(configuration: Option<&Value>, peer: &Peer, wanted: &mut Wanted) {
    let Some(configuration) = configuration else {
        for (id, _) in peer.answers() {
            wanted.take(peer, id, None);
        }
        return wanted.note("exemptions", "Those that Polaris comes with, of well-known parts of the system.");
    };
    wanted.severities = true;
    let custom = field(configuration, "customChecks").and_then(Value::as_object);
    let checks = field(configuration, "checks").and_then(Value::as_object);
    for (id, severity) in checks.into_iter().flatten() {
        let known = SEVERITIES.into_iter().find(|(name, _)| severity.as_str() == Some(*name));
        match known {
            Some((_, None)) => {}
            Some(_) if custom.is_some_and(|custom| custom.contains_key(id)) => {
                wanted.leave(id, "It is a rule of your own, and Plimsoll's policies are a catalogue.");
            }
            Some((_, severity)) => wanted.take(peer, id, severity),
            None => wanted.leave(id, "Its severity is none of ignore, warning and danger."),
        }
    }
    let says = |name: &str| field(configuration, name).and_then(Value::as_bool).unwrap_or_default();
    if says("disallowExemptions") || says("disallowConfigExemptions") {
        return;
    }
    let exemptions = field(configuration, "exemptions").and_then(Value::as_array);
    for exemption in exemptions.into_iter().flatten() {
        take_exemption(exemption, peer, wanted);
    }
}

/// Names are beginnings of names there.
fn take_exemption(exemption: &Value, peer: &Peer, wanted: &mut Wanted) {
    let namespace = field(exemption, "namespace").and_then(Value::as_str).filter(|name| !name.is_empty());
    let beginnings = |name: &str| -> Vec<Option<&str>> {
        let names: Vec<Option<&str>> = texts(field(exemption, name)).map(Some).collect();
        if names.is_empty() { vec![None] } else { names }
    };
    let rules: Vec<&str> = texts(field(exemption, "rules")).collect();
    for name in beginnings("controllerNames") {
        for container in beginnings("containerNames") {
            let mut entry = Map::new();
            entry.extend(namespace.map(|namespace| ("namespace".to_owned(), namespace.into())));
            let pattern = |key: &str, name: &str| (key.to_owned(), Value::from(format!("{name}*")));
            entry.extend(name.filter(|name| !name.is_empty()).map(|name| pattern("name", name)));
            entry.extend(container.filter(|name| !name.is_empty()).map(|name| pattern("container", name)));
            if entry.is_empty() {
                wanted.note("exemptions", "One exempts everything, which Plimsoll refuses.");
                continue;
            }
            entry.insert("reason".to_owned(), "exempted in Polaris's configuration".into());
            let entry = Value::Object(entry);
            for rule in &rules {
                wanted.exempt_from(peer, rule, &entry);
            }
            if rules.is_empty() {
                wanted.exempt.push(entry);
            }
        }
    }
}
