//! Checks objects against Kubernetes' own definitions, and those of custom resources: unknown fields, missing ones, values of a
//! wrong type or that there are not, kinds that Kubernetes' own groups don't have.
//!
//! The definitions of Kubernetes are a table that `playground/schema` makes. With the feature `kubernetes` it is part of the
//! program; the page loads it after showing the first findings.

mod crd;
mod kinds;
mod meant;
mod missing;
mod table;
mod walk;

use plimsoll::json::path::Path;
use serde_json::Value;

pub use crate::table::Table;
use crate::table::Type;
use crate::walk::Walk;

/// A problem that the definitions show in an object.
#[derive(Clone, Debug)]
pub struct Note {
    /// Where it is.
    pub path: Path,
    /// What it is about.
    pub fault: Fault,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What would mend it.
    pub fix: Option<NoteFix>,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The field itself, which there is not.
    Field,
    /// A field that has to be there: the path is where it would be.
    Missing,
    /// The type of the value.
    Type,
    /// The value, which is none of those that there are.
    Value,
    /// The API version or the kind of the object.
    Kind,
}

/// The fix of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteFix {
    /// Rename the key.
    Rename {
        /// The field that was meant.
        name: String,
        /// Whether it can be no other.
        sure: bool,
    },
    /// Write another string.
    Replace {
        /// That string.
        with: String,
        /// Whether it can be no other.
        sure: bool,
    },
    /// Turn the value into a string.
    Quote,
    /// Turn the string into this number or boolean.
    Unquote(String),
}

/// The notes about an object in Kubernetes `1.minor`, at most so many: each unknown field costs a search for the intended one.
pub fn check(table: &Table, object: &Value, minor: u16, most: usize) -> Vec<Note> {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if most == 0 {
        return Vec::new();
    }
    match table.kind(api_version, kind) {
        Some(number) => {
            let mut walk = Walk::new(table, object, number, minor, most);
            if walk.is_partial(object, number) {
                return Vec::new();
            }
            walk.value(object, &Type::Fields(number));
            walk.add_missing(object);
            walk.notes.splice(0..0, kinds::too_new(table, api_version, kind, minor));
            walk.notes
        }
        None => kinds::wrong(table, api_version, kind, minor).into_iter().collect(),
    }
}
