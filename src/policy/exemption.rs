//! What is exempt: the same in a cluster, on the command line and in the browser.

use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use crate::kube::object;
use crate::kube::selector::Labels;
use crate::settings::{Date, Glob, SettingsError};

/// One exemption. Every field that it sets must match; a field that it leaves out matches anything.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline, deny_unknown_fields))]
pub struct Exemption {
    /// The object's namespace.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub namespace: Option<Glob>,
    /// The object's kind.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub kind: Option<Glob>,
    /// The object's name, or its `generateName`.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<Glob>,
    /// Labels of the object: patterns by key.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "LabelPatterns::is_empty"))]
    #[cfg_attr(feature = "catalogue", schemars(default, with = "std::collections::BTreeMap<String, Glob>"))]
    pub labels: LabelPatterns,
    /// The name of the container.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub container: Option<Glob>,
    /// The container's image, as written.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub image: Option<Glob>,
    /// Why. Required, so that others can review it.
    #[cfg_attr(feature = "catalogue", schemars(length(min = 1)))]
    pub reason: String,
    /// The last day on which it applies.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub expires: Option<Date>,
}

/// Patterns for the values of labels.
#[derive(Clone, Debug, Default)]
pub struct LabelPatterns(Vec<(String, Glob)>);

impl LabelPatterns {
    /// True when it requires no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when every required label exists and has a matching value.
    pub fn matches(&self, labels: Labels<'_>) -> bool {
        self.0.iter().all(|(key, pattern)| labels.get(key).is_some_and(|value| pattern.matches(value)))
    }
}

impl<'de> Deserialize<'de> for LabelPatterns {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<LabelPatterns, D::Error> {
        read_labels(&Value::deserialize(deserializer)?)
            .map_err(|_| D::Error::custom("should be a mapping of labels to patterns"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for LabelPatterns {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LabelPatterns".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <std::collections::BTreeMap<String, Glob>>::json_schema(generator)
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for LabelPatterns {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, pattern)| (key, pattern)))
    }
}

/// What an exemption is matched against.
pub(crate) struct Candidate<'s> {
    pub(crate) object: &'s Value,
    pub(crate) namespace: &'s str,
    pub(crate) container: Option<&'s str>,
    pub(crate) image: Option<&'s str>,
}

impl Exemption {
    /// Reads one entry of the setting `exempt`.
    pub(super) fn read(value: &Value) -> Result<Exemption, SettingsError> {
        let Value::Object(fields) = value else { return Err(SettingsError::new("", "should be a mapping")) };
        let mut exemption = Exemption {
            namespace: None,
            kind: None,
            name: None,
            labels: LabelPatterns::default(),
            container: None,
            image: None,
            reason: String::new(),
            expires: None,
        };
        for (key, value) in fields {
            let wrong = |reason: &str| Err(SettingsError::new(key, reason));
            if key == "labels" {
                exemption.labels = read_labels(value)?;
                continue;
            }
            let Some(text) = value.as_str() else { return wrong("should be a string") };
            let pattern = || Some(Glob::new(text));
            match key.as_str() {
                "namespace" => exemption.namespace = pattern(),
                "kind" => exemption.kind = pattern(),
                "name" => exemption.name = pattern(),
                "container" => exemption.container = pattern(),
                "image" => exemption.image = pattern(),
                "reason" => exemption.reason.push_str(text.trim_ascii()),
                "expires" => match Date::parse(text) {
                    None => return wrong("should be a day written YYYY-MM-DD"),
                    day => exemption.expires = day,
                },
                _ => return wrong("unknown field"),
            }
        }
        if exemption.reason.is_empty() {
            return Err(SettingsError::new("reason", "is required, and should say something"));
        }
        if exemption.is_for_all() {
            return Err(SettingsError::new(
                "",
                "should say what is exempt: a namespace, kind, name, label, container or image",
            ));
        }
        Ok(exemption)
    }

    /// True when the entry would exempt everything.
    fn is_for_all(&self) -> bool {
        let patterns = [&self.namespace, &self.kind, &self.name, &self.container, &self.image];
        patterns.iter().all(|pattern| pattern.is_none()) && self.labels.is_empty()
    }

    /// True when the entry has not expired on `today`.
    pub fn is_current(&self, today: Date) -> bool {
        self.expires.is_none_or(|last| today <= last)
    }

    pub(crate) fn exempts(&self, candidate: &Candidate<'_>) -> bool {
        let metadata = |key: &str| object::text(candidate.object, &["metadata", key]);
        let label = |key: &str| object::dig(candidate.object, &["metadata", "labels", key]).and_then(Value::as_str);
        agrees(&self.namespace, || Some(candidate.namespace))
            && agrees(&self.kind, || object::text(candidate.object, &["kind"]))
            && agrees(&self.name, || metadata("name").or_else(|| metadata("generateName")))
            && agrees(&self.container, || candidate.container)
            && agrees(&self.image, || candidate.image)
            && self.labels.0.iter().all(|(key, pattern)| label(key).is_some_and(|value| pattern.matches(value)))
    }
}

fn read_labels(value: &Value) -> Result<LabelPatterns, SettingsError> {
    let Value::Object(fields) = value else { return Err(SettingsError::new("labels", "should be a mapping")) };
    let mut patterns = Vec::new();
    for (key, value) in fields {
        let Some(pattern) = value.as_str() else {
            return Err(SettingsError::new(["labels.", key].concat(), "should be a string"));
        };
        patterns.push((key.clone(), Glob::new(pattern)));
    }
    Ok(LabelPatterns(patterns))
}

fn agrees<'s>(pattern: &Option<Glob>, found: impl FnOnce() -> Option<&'s str>) -> bool {
    match pattern {
        None => true,
        Some(pattern) => found().is_some_and(|found| pattern.matches(found)),
    }
}
