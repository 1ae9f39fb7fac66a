//! Exemptions in annotations.

use plimsoll::engine::evaluate::{IGNORE_PREFIX, Report, Suppression};
use plimsoll::json::path::Path;
use plimsoll::kube::kinds::Kind;
use plimsoll::policies::{self, POLICIES};
use plimsoll::policy::configured::Configured;
use serde_json::Value;

use super::Unused;
use crate::manifests::Object;
use crate::places::Places;
use crate::words::did_you_mean;

/// The annotations of the object and its pod template that were meant to exempt something and didn't. Those of policies
/// that did not run are left alone.
pub(super) fn unused(object: &Object, report: &Report, places: &Places<'_>, policies: &[Configured]) -> Vec<Unused> {
    let mut unused = Vec::new();
    for metadata in metadata_paths(object) {
        let annotations = metadata.key("annotations");
        let Some(Value::Object(entries)) = annotations.find(&object.value) else { continue };
        for (key, value) in entries {
            let Some(rest) = key.strip_prefix(IGNORE_PREFIX) else { continue };
            // An id has no dots, a container's name neither.
            let (id, container) = match rest.split_once('.') {
                Some((id, container)) => (id, Some(container)),
                None => (rest, None),
            };
            let Some(message) = violation(key, id, container, value, report, policies) else { continue };
            let place = places.nearest(object, &annotations.key(key));
            unused.push(Unused { policy: id.to_owned(), place, message });
        }
    }
    unused
}

fn metadata_paths(object: &Object) -> Vec<Path> {
    let own = Path::ROOT.key("metadata");
    let template = Kind::of(&object.value).and_then(|kind| kind.template).filter(|route| !route.is_empty());
    let template = template.map(|route| route.iter().fold(Path::ROOT, |path, key| path.key(key)).key("metadata"));
    std::iter::once(own).chain(template).collect()
}

fn violation(
    key: &str,
    id: &str,
    container: Option<&str>,
    value: &Value,
    report: &Report,
    policies: &[Configured],
) -> Option<String> {
    if policies::find(id).is_none() {
        let known = POLICIES.iter().map(|entry| entry.metadata.id);
        return Some(format!("the annotation {key} names no policy{}", did_you_mean(id, known)));
    }
    let policy = policies.iter().find(|policy| policy.metadata.id == id)?;
    if policy.common.honor_annotations == Some(false) {
        return Some(format!("the annotation {key} doesn't count: settings say honorAnnotations: false"));
    }
    match value.as_str().map(str::trim) {
        None | Some("") => return Some(format!("the annotation {key} gives no reason, so it is ignored")),
        Some(_) => {}
    }
    let used = report.suppressed.iter().any(|suppressed| {
        matches!(suppressed.suppression, Suppression::Annotation(_))
            && suppressed.finding.metadata.id == id
            && container.is_none_or(|container| suppressed.finding.container.as_deref() == Some(container))
    });
    (!used).then(|| format!("the annotation {key} matches no finding"))
}
