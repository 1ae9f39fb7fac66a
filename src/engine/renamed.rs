//! Policies that are called by an id that they had.

use core::fmt;

use serde_json::{Map, Value};

use crate::policy::metadata::Metadata;

/// A policy that was called by an id that it had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Renamed {
    /// The id that it had.
    pub from: String,
    /// The id that it has.
    pub to: &'static str,
}

impl Renamed {
    /// The policy among these that had this id.
    pub fn of(id: &str, all: impl IntoIterator<Item = &'static Metadata>) -> Option<Renamed> {
        let policy = all.into_iter().find(|policy| policy.renamed_from.contains(&id))?;
        Some(Renamed { from: id.to_owned(), to: policy.id })
    }

    /// Puts the entries of a configuration under the ids that their policies have. One that has an entry by both ids is left as
    /// it is: nobody could say which counts.
    pub fn put_right(
        configuration: &mut Map<String, Value>,
        all: impl Iterator<Item = &'static Metadata> + Clone,
    ) -> Vec<Renamed> {
        let Some(Value::Object(entries)) = configuration.get_mut("policies") else { return Vec::new() };
        let mut renamed: Vec<Renamed> = entries.keys().filter_map(|id| Renamed::of(id, all.clone())).collect();
        renamed.retain(|Renamed { from, to }| {
            if entries.contains_key(*to) {
                return false;
            }
            if let Some(own) = entries.remove(from) {
                entries.insert((*to).to_owned(), own);
            }
            true
        });
        renamed
    }
}

/// `old was renamed to new`.
impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&[&self.from, " was renamed to ", self.to].concat())
    }
}
