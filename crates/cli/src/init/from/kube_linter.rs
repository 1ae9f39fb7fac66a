//! kube-linter's configuration: `.kube-linter.yaml`.

use std::collections::BTreeSet;

use plimsoll_peers::{Check, Peer};
use serde_json::Value;

use super::templates::translate;
use super::wanted::{Wanted, field, texts};

pub(super) const NAME: &str = "kube-linter";

/// The fields of `checks`.
const FIELDS: [&str; 5] = ["addAllBuiltIn", "doNotAutoAddDefaults", "exclude", "include", "ignorePaths"];

pub(super) fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Takes over a configuration, or what is on without one.
pub(super) fn take(configuration: Option<&Value>, peer: &Peer, wanted: &mut Wanted) {
    let checks = configuration.and_then(|value| field(value, "checks"));
    let of_checks = |name: &str| checks.and_then(|checks| field(checks, name));
    let flag = |name: &str| of_checks(name).and_then(Value::as_bool).unwrap_or_default();
    let excluded: BTreeSet<&str> = texts(of_checks("exclude")).collect();
    let custom: Vec<&Value> = configuration
        .and_then(|value| field(value, "customChecks"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    let name_of = |check: &Value| field(check, "name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let own: BTreeSet<String> = custom.iter().map(|check| name_of(check)).collect();

    let built_in = peer
        .answers()
        .filter(|(_, answer)| flag("addAllBuiltIn") || (!flag("doNotAutoAddDefaults") && !answer.is_optional()));
    let mut on: BTreeSet<&str> = built_in.map(|(id, _)| id).collect();
    on.extend(texts(of_checks("include")));
    for id in on.into_iter().filter(|id| !excluded.contains(id) && !own.contains(*id)) {
        wanted.take(peer, id, None);
    }
    for check in custom {
        let name = name_of(check);
        if !excluded.contains(name.as_str()) {
            of_template(&name, check, peer, wanted);
        }
    }
    for path in texts(of_checks("ignorePaths")) {
        match pattern(path) {
            Some(pattern) => wanted.exclude.push(pattern),
            None => wanted.note(path, "It is ignored there, and lies outside of this directory."),
        }
    }
}

/// Takes over a check of one's own.
fn of_template(name: &str, check: &Value, peer: &Peer, wanted: &mut Wanted) {
    let template = field(check, "template").and_then(Value::as_str).unwrap_or_default();
    let Some(known) = peer.templates.get(template) else {
        return wanted.leave(name, &format!("kube-linter has no template `{template}`."));
    };
    let label = format!("{name} ({template})");
    let params = field(check, "params").unwrap_or(&Value::Null);
    let translated = translate(template, params, known);
    let mut differs: Vec<String> = known.differs.iter().cloned().chain(translated.differs).collect();
    if texts(field(check, "scope").and_then(|scope| field(scope, "objectKinds"))).next().is_some() && translated.scoped
    {
        differs.push("It is about all kinds of the policy, not those of the scope: `exempt` narrows it.".to_owned());
    }
    if translated.ours.is_empty() {
        return wanted.leave(&label, &differs.join(" "));
    }
    let differs = Some(differs.join(" ")).filter(|text| !text.is_empty());
    let check = Check { ours: translated.ours, settings: translated.settings, differs, optional: false };
    wanted.add(&label, &check, None);
}

/// A path to ignore as a pattern of ours, which counts from here; `None` if it leads elsewhere.
fn pattern(path: &str) -> Option<String> {
    if let Some(anywhere) = path.strip_prefix("/**/").or_else(|| path.strip_prefix("**/")) {
        return Some(format!("**/{anywhere}"));
    }
    if path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
        return None;
    }
    Some(format!("/{}", path.trim_start_matches("./")))
}
