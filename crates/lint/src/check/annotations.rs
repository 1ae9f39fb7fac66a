//! Exemptions in annotations.

use plimsoll::engine::evaluate::{IGNORE_PREFIX, Report, Suppression, ignore_key};
use plimsoll::engine::renamed::Renamed;
use plimsoll::json::path::Path;
use plimsoll::kube::kinds::Kind;
use plimsoll::policy::configured::Configured;
use serde_json::Value;

use super::{LintReport, Unused};
use crate::manifests::Object;
use crate::places::Places;
use crate::unknown_field;
use crate::words::did_you_mean;

/// Adds the annotations of the object and its pod template that were meant to exempt something and didn't, and those that did by
/// an id that their policy had. Those of policies that did not run are left alone.
pub(super) fn note(
    object: &Object,
    report: &Report,
    places: &Places<'_>,
    policies: &[Configured],
    lint: &mut LintReport,
) {
    for metadata in metadata_paths(object) {
        let annotations = metadata.key("annotations");
        let Some(Value::Object(entries)) = annotations.find(&object.value) else { continue };
        for (key, value) in entries {
            let place = || places.nearest(object, &annotations.key(key));
            let Some(rest) = key.strip_prefix(IGNORE_PREFIX) else {
                if let Some((policy, message)) = lookalike(key) {
                    lint.unused.push(Unused { policy, place: place(), message });
                }
                continue;
            };
            // An id has no dots, a container's name neither.
            let (id, container) = match rest.split_once('.') {
                Some((id, container)) => (id, Some(container)),
                None => (rest, None),
            };
            if let Some(message) = violation(key, id, container, value, report, policies) {
                lint.unused.push(Unused { policy: id.to_owned(), place: place(), message });
            } else if let Some(renamed) = Renamed::of(id, policies.iter().map(|policy| policy.metadata)) {
                let message = outdated(&renamed, container);
                lint.outdated.push(Unused { policy: renamed.to.to_owned(), place: place(), message });
            }
        }
    }
}

fn metadata_paths(object: &Object) -> Vec<Path> {
    let own = Path::ROOT.key("metadata");
    let template = Kind::of(&object.value).and_then(|kind| kind.template).filter(|route| !route.is_empty());
    let template = template.map(|route| route.iter().fold(Path::ROOT, |path, key| path.key(key)).key("metadata"));
    let jobs = Path::ROOT.key("spec").key("jobTemplate").key("metadata");
    [Some(own), template, Some(jobs)].into_iter().flatten().collect()
}

/// Annotations of ours that don't exempt.
const OTHERS: &[&str] = &[
    "plimsoll.dev/no-autoscaler",
    "plimsoll.dev/service-class",
    "plimsoll.dev/singleton",
    "plimsoll.dev/uses-kubernetes-api",
];

/// What is the matter with an annotation that looks as if it exempted something: `plimsoll.dev/ignore`, `ignore-root-user`.
fn lookalike(key: &str) -> Option<(String, String)> {
    let (domain, name) = key.split_once('/').unwrap_or(("", key));
    let is_separator = |c: char| matches!(c, '-' | '.' | '_' | ':');
    let is_known = |id: &&str| unknown_field::named(id).is_some();
    let rest = name.strip_prefix("plimsoll").map_or(name, |rest| rest.trim_start_matches(is_separator));
    let words = ["ignore", "skip", "exempt", "disable", "suppress"];
    let meant = words.iter().find_map(|word| rest.strip_prefix(word)).map(|rest| rest.trim_start_matches(is_separator));
    let named = meant.or_else(|| domain.contains("plimsoll").then_some(name));
    let id = named.and_then(|named| [Some(named), named.split('.').next()].into_iter().flatten().find(is_known));
    let is_ours = domain.contains("plimsoll") || name.starts_with("plimsoll");
    if OTHERS.contains(&key) || id.is_none() && !is_ours {
        return None;
    }
    let form = [IGNORE_PREFIX, id.unwrap_or("<policy>")].concat();
    Some((id.unwrap_or_default().to_owned(), format!("the annotation {key} exempts nothing; write {form}: <reason>")))
}

fn violation(
    key: &str,
    id: &str,
    container: Option<&str>,
    value: &Value,
    report: &Report,
    policies: &[Configured],
) -> Option<String> {
    let Some(policy) = policies.iter().find(|policy| policy.metadata.goes_by(id)) else {
        let known = unknown_field::metadata().map(|policy| policy.id);
        let is_known = unknown_field::named(id).is_some();
        return (!is_known).then(|| format!("the annotation {key} names no policy{}", did_you_mean(id, known)));
    };
    if policy.common.honor_annotations == Some(false) {
        return Some(format!("the annotation {key} doesn't count: settings say honorAnnotations: false"));
    }
    match value.as_str().map(str::trim) {
        None | Some("") => return Some(format!("the annotation {key} gives no reason, so it is ignored")),
        Some(_) => {}
    }
    let used = report.suppressed.iter().any(|suppressed| {
        matches!(suppressed.suppression, Suppression::Annotation(_))
            && suppressed.finding.metadata.id == policy.metadata.id
            && container.is_none_or(|_| {
                suppressed.finding.container.as_deref().is_some_and(|named| ignore_key(id, Some(named)) == key)
            })
    });
    (!used).then(|| format!("the annotation {key} matches no finding"))
}

/// What to say of an annotation that counts, but has an id that its policy had.
fn outdated(renamed: &Renamed, container: Option<&str>) -> String {
    let (old, new) = (ignore_key(&renamed.from, container), ignore_key(renamed.to, container));
    format!("the annotation {old} still counts, but {renamed}: write {new}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_that_look_like_exemptions() {
        for (key, policy) in [
            ("plimsoll.dev/ignore", ""),
            ("plimsoll.dev/ignored", ""),
            ("plimsoll.dev/root-user", "root-user"),
            ("plimsoll.dev/ignore-root-user", "root-user"),
            ("plimsoll.io/ignore.root-user.app", "root-user"),
            ("plimsoll/ignore.root-user", "root-user"),
            ("ignore-root-user", "root-user"),
            ("ignore.root-user", "root-user"),
            ("plimsoll-skip-root-user", "root-user"),
        ] {
            let (found, message) = lookalike(key).unwrap_or_else(|| panic!("{key}"));
            assert_eq!(found, policy, "{key}");
            assert!(message.contains("write plimsoll.dev/ignore."), "{message}");
        }
        for key in [
            "plimsoll.dev/uses-kubernetes-api",
            "ignore-check.kube-linter.io/run-as-non-root",
            "kube-score/ignore",
            "example.com/root-user",
            "ignore",
        ] {
            assert_eq!(lookalike(key), None, "{key}");
        }
    }
}
