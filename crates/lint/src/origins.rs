//! Findings on what other tools have made, reported where a person wrote it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use plimsoll::json::path::Path;
use plimsoll::policy::fix::Applicability;
use serde_json::Value;

use crate::check::{LintReport, Located};
use crate::manifests::Manifests;
use crate::masks::Masks;
use crate::places::{Place, Places};

/// Which files are made from which.
#[derive(Default)]
pub struct Origins(BTreeMap<usize, Rendered>);

/// A file that another tool made.
#[derive(Default)]
pub struct Rendered {
    /// The files that its documents name as their sources.
    pub originals: BTreeMap<String, usize>,
    /// Whether those are manifests. They are templates otherwise.
    pub manifests: bool,
}

impl Origins {
    /// Takes in a file.
    pub fn add(&mut self, file: usize, rendered: Rendered) {
        self.0.insert(file, rendered);
    }

    /// Moves findings to where a person wrote the cause, if that is known, and drops those that are then there twice,
    /// as with several overlays of one base. What is still in a made file can't be fixed there.
    pub fn settle(&self, manifests: &Manifests, places: &Places<'_>, masks: &Masks<'_>, report: &mut LintReport) {
        if self.0.is_empty() {
            return;
        }
        let suppressed = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.located);
        for located in report.findings.iter_mut().chain(suppressed) {
            self.settle_one(manifests, places, masks, located);
        }
        let mut seen = HashSet::new();
        report.findings.retain(|located| {
            let finding = &located.finding;
            !self.is_original(located.place.file)
                || seen.insert((
                    located.place.file,
                    located.place.range.clone(),
                    finding.metadata.id,
                    finding.message.clone(),
                ))
        });
        report.findings.sort_by(|one, other| one.order().cmp(&other.order()));
    }

    fn is_original(&self, file: usize) -> bool {
        self.0.values().any(|rendered| rendered.originals.values().any(|original| *original == file))
    }

    fn settle_one(&self, manifests: &Manifests, places: &Places<'_>, masks: &Masks<'_>, located: &mut Located) {
        let Some(rendered) = self.0.get(&located.place.file) else { return };
        let original = original(manifests, rendered, located).and_then(|(file, range)| {
            let lines = places.lines(file)?;
            let span = lines.span(range.clone());
            // What no output may show is known of what was made.
            let line = manifests.files.get(file)?.source.text.get(lines.line(span.start.line)?)?;
            let line = String::from_utf8_lossy(line);
            if matches!(masks.words(Some(located.place.file), &line), Cow::Owned(_)) {
                return None;
            }
            Some(Place { file, range, span })
        });
        let is_fixed_there = original.is_some() && rendered.manifests;
        if let Some(place) = original {
            located.place = place;
        }
        if !is_fixed_there {
            located.finding.new_object = None;
            if let Some(fix) = &mut located.finding.fix {
                fix.applicability = Applicability::DisplayOnly;
            }
        }
    }
}

/// Where the finding's place was written: the file, and the bytes in it.
fn original(manifests: &Manifests, rendered: &Rendered, located: &Located) -> Option<(usize, Range<usize>)> {
    let object = manifests.objects.get(located.object)?;
    let made = manifests.files.get(object.file)?;
    let name = made.documents.get(object.document)?.source.as_ref()?;
    let file = *rendered.originals.get(name)?;
    let original = manifests.files.get(file)?;
    if !rendered.manifests {
        let range = line_of(&made.source.text, located.place.range.start, &original.source.text)?;
        return Some((file, range));
    }
    let path = &located.finding.path;
    let same = |value: &Value| value.get("kind") == object.value.get("kind") && is_renamed(value, &object.value);
    let mut documents = original.documents.iter().filter(|document| same(&document.value));
    let document = documents.next().filter(|_| documents.next().is_none())?;
    // Another value is one that a patch wrote, and so is an item that comes from elsewhere.
    let (written, result) = (path.find(&document.value), path.find(&object.value));
    let is_same = written == result || written.zip(result).is_some_and(|(written, result)| adds_only(written, result));
    (is_same && items_are_same(&document.value, &object.value, path)).then(|| (file, document.nearest(path).1))
}

/// Whether the mapping still has all keys that it was written with: what is missing now was missing before.
fn adds_only(written: &Value, result: &Value) -> bool {
    let (Value::Object(written), Value::Object(result)) = (written, result) else { return false };
    written.iter().all(|(key, value)| match (value, result.get(key)) {
        (_, None) => false,
        (Value::Object(_), Some(result @ Value::Object(_))) => adds_only(value, result),
        (Value::Object(_), Some(_)) => false,
        _ => true,
    })
}

/// Whether an object may have this name after prefixes and suffixes.
fn is_renamed(original: &Value, made: &Value) -> bool {
    let name = |value: &'_ Value| value.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
    name(original).zip(name(made)).is_some_and(|(original, made)| made.contains(&original))
}

/// Whether the items of lists on the way have the same names.
fn items_are_same(original: &Value, made: &Value, path: &Path) -> bool {
    let mut way = Path::ROOT;
    path.segments().all(|segment| {
        way.push_key(&segment);
        let name = |value: &Value| way.find(value).and_then(|value| value.get("name")).cloned();
        name(original) == name(made) || way.as_str() == "/metadata"
    })
}

/// The line of a template that wrote the line at this byte: the only one like it, or else the only one with its key.
fn line_of(made: &[u8], at: usize, template: &[u8]) -> Option<Range<usize>> {
    let start = made.get(..at)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = made.get(start..)?.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let key = line.iter().position(|byte| *byte == b':').and_then(|end| line.get(..=end));
    let only = |is_meant: &dyn Fn(&[u8]) -> bool| {
        let mut found = None;
        let mut offset = 0;
        for candidate in template.split(|byte| *byte == b'\n') {
            let text = candidate.trim_ascii();
            if is_meant(text) {
                if found.is_some() {
                    return None;
                }
                let before = candidate.len() - candidate.trim_ascii_start().len();
                found = Some(offset + before..offset + before + text.len());
            }
            offset += candidate.len() + 1;
        }
        found
    };
    only(&|text| !line.is_empty() && text == line)
        .or_else(|| only(&|text| key.is_some_and(|key| text.starts_with(key))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_after_a_patch_was_missing_before() {
        let written = serde_json::json!({"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "1"}}});
        let with = |change: &dyn Fn(&mut Value)| {
            let mut result = written.clone();
            change(&mut result);
            adds_only(&written, &result)
        };
        assert!(with(&|_| ()));
        assert!(with(&|result| result["image"] = "web:2".into()));
        assert!(with(&|result| result["resources"]["limits"] = serde_json::json!({"memory": "1Gi"})));
        assert!(!with(&|result| result["resources"]["requests"] = serde_json::json!({})));
        assert!(!with(&|result| drop(result.as_object_mut().unwrap().remove("resources"))));
        assert!(!adds_only(&Value::from("web:1"), &Value::from("web:2")));
    }

    #[test]
    fn a_line_is_found_in_its_template() {
        let made = b"kind: Deployment\nspec:\n  replicas: 3\n  a: 1\n  b: 1\n";
        let template = "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n  {{- if .Values.a }}\n  a: 1\n  a: 2\n  {{- end }}\n  b: 2\n  b: 3\n";
        let found = |line: &str| {
            let at = String::from_utf8_lossy(made).find(line).unwrap();
            line_of(made, at, template.as_bytes()).map(|range| template[range].to_owned())
        };
        assert_eq!(found("kind"), Some("kind: Deployment".to_owned()));
        assert_eq!(found("replicas"), Some("replicas: {{ .Values.replicas }}".to_owned()));
        assert_eq!(found("a: 1"), Some("a: 1".to_owned()));
        assert_eq!(found("b: 1"), None);
    }
}
