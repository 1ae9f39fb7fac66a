//! What is excused: the same in a cluster, on the command line and in the browser.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use crate::finding::Finding;
use crate::settings::{Date, Glob};

/// One excuse. Everything that it names must match; what it doesn't name matches anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct Exemption {
    /// The object's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Glob>,
    /// The object's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Glob>,
    /// The object's name, or its `generateName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Glob>,
    /// Labels of the object, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Glob>,
    /// The container at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Glob>,
    /// The image of the container at fault, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Glob>,
    /// Why. Required, so that whoever comes later can judge it.
    pub reason: Reason,
    /// The last day on which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// A reason in words: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct Reason(String);

impl Reason {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        let words = String::deserialize(deserializer)?;
        if words.trim().is_empty() { Err(D::Error::custom("a reason should say something")) } else { Ok(Reason(words)) }
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Reason {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "minLength": 1})
    }
}

/// What an exemption can ask of a finding.
pub(crate) struct Suspect<'s> {
    pub(crate) object: &'s Value,
    pub(crate) namespace: &'s str,
    pub(crate) finding: &'s Finding,
    pub(crate) image: Option<&'s str>,
}

impl Exemption {
    /// True when the entry still counts on the day `today`.
    pub fn is_current(&self, today: Date) -> bool {
        self.expires.is_none_or(|last| today <= last)
    }

    pub(crate) fn excuses(&self, suspect: &Suspect<'_>) -> bool {
        let text = |pointer: &str| suspect.object.pointer(pointer).and_then(Value::as_str);
        let name = || text("/metadata/name").or_else(|| text("/metadata/generateName"));
        let labels = suspect.object.pointer("/metadata/labels");
        agrees(&self.namespace, || Some(suspect.namespace))
            && agrees(&self.kind, || text("/kind"))
            && agrees(&self.name, name)
            && agrees(&self.container, || suspect.finding.container.as_deref())
            && agrees(&self.image, || suspect.image)
            && self.labels.iter().all(|(key, pattern)| {
                let value = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
                value.is_some_and(|value| pattern.matches(value))
            })
    }
}

fn agrees<'s>(pattern: &Option<Glob>, found: impl FnOnce() -> Option<&'s str>) -> bool {
    match pattern {
        None => true,
        Some(pattern) => found().is_some_and(|found| pattern.matches(found)),
    }
}
