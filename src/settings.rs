//! The types that policies' settings are built from, and the errors of invalid settings.

mod amount;
mod capability;
mod date;
mod duration;
mod glob;
mod host_path;
mod image_mirror;
mod image_pattern;
mod keys;
mod label_key;
mod mesh_version;
mod namespace_images;
mod node_group;
mod object_name;
mod percentage;
mod pod_amount;
mod range;
mod ratio;
mod reader;
mod resource_name;
mod retry_condition;
mod service_class_label;
mod user_id;
mod wrong;

use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use amount::Amount;
pub use capability::Capability;
pub use date::Date;
pub use duration::PositiveDuration;
pub use glob::Glob;
pub use host_path::HostPath;
pub use image_mirror::ImageMirror;
pub use image_pattern::ImagePattern;
pub use keys::Keys;
pub use label_key::LabelKey;
pub use mesh_version::{IstioVersion, LinkerdVersion};
pub use namespace_images::NamespaceImages;
pub use node_group::{KeyPattern, NodeGroup};
pub use object_name::ObjectName;
pub use percentage::Percentage;
pub use pod_amount::PodAmount;
pub use range::{Bound, PortRange, Range};
pub use ratio::Ratio;
pub use resource_name::ResourceName;
pub use retry_condition::RetryCondition;
pub use service_class_label::ServiceClassLabel;
pub use user_id::UserId;

use reader::{Reader, Wrong};

pub(crate) type Fields = Map<String, Value>;

/// Reads all fields at once; if that fails, finds out which are wrong.
pub(crate) fn read_own<T: DeserializeOwned>(fields: Fields, error: &mut SettingsError) -> Option<T> {
    let own = Cell::new(None);
    let refused = |fields: &Value| match T::deserialize(Reader(fields)) {
        Ok(read) => {
            own.set(Some(read));
            None
        }
        Err(Wrong(reason)) => Some(reason),
    };
    if takes(fields, &refused, error) { own.into_inner() } else { None }
}

/// Whether the fields are not `refused`, for a reason. What holds all policies has this once, not with each of them.
fn takes(fields: Fields, refused: &dyn Fn(&Value) -> Option<String>, error: &mut SettingsError) -> bool {
    let whole = Value::Object(fields);
    let Some(first) = refused(&whole) else { return true };
    let before = error.problems.len();
    if let Value::Object(fields) = &whole {
        wrong::blame(fields, &|fields| refused(&Value::Object(fields)), error);
    }
    if error.problems.len() == before {
        error.add("settings", first);
    }
    false
}

/// Invalid settings, with all their problems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsError {
    /// The problems, field by field.
    pub problems: Vec<Problem>,
}

/// One wrong setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, with dots for what lies below it.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl SettingsError {
    /// One problem.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> SettingsError {
        SettingsError { problems: vec![Problem { field: field.into(), reason: reason.into() }] }
    }

    /// Adds a problem.
    pub(crate) fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), reason: reason.into() });
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&problem.field)?;
            f.write_str(": ")?;
            f.write_str(&problem.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
