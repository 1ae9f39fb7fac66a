//! From a configuration with overrides by path to the policies of each file.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll::engine::config::{Choice, Configuration};
use plimsoll::policy::configured::Configured;
use plimsoll_lint::policy_sets::PolicySets;
use plimsoll_lint::problem::Problem;
use serde_json::{Map, Value};

use crate::project::ForPaths;

/// The policies of files that have others than most.
#[derive(Default)]
pub(crate) struct ByFile {
    others: Vec<Vec<Configured>>,
    of_file: Vec<usize>,
}

impl ByFile {
    /// Finds which entries match each file, and configures the policies of each combination once.
    pub(crate) fn new<'f>(
        base: &Value,
        entries: &[ForPaths],
        files: impl Iterator<Item = Option<&'f Path>>,
        finish: &dyn Fn(&mut Value),
        choice: Choice<'_>,
    ) -> Result<ByFile, Problem> {
        let mut by_file = ByFile::default();
        let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        if entries.is_empty() {
            return Ok(by_file);
        }
        for path in files {
            let matches = |entry: &ForPaths| path.is_some_and(|path| entry.patterns.matches(path, false));
            let matching: Vec<usize> =
                entries.iter().enumerate().filter(|(_, entry)| matches(entry)).map(|(position, _)| position).collect();
            let number = match known.get(&matching) {
                _ if matching.is_empty() => 0,
                Some(number) => *number,
                None => {
                    let mut merged = base.clone();
                    let matching_entries = matching.iter().filter_map(|position| entries.get(*position));
                    matching_entries.for_each(|entry| lay_over(&mut merged, &entry.configuration));
                    finish(&mut merged);
                    let configuration = Configuration::read(&merged, choice)
                        .map_err(|error| Problem::general(format!("paths of the configuration: {error}")))?;
                    by_file.others.push(configuration.policies);
                    known.insert(matching, by_file.others.len());
                    by_file.others.len()
                }
            };
            by_file.of_file.push(number);
        }
        Ok(by_file)
    }

    /// The policies of all files, `base` for most.
    pub(crate) fn sets<'p>(&'p self, base: &'p [Configured]) -> PolicySets<'p> {
        PolicySets::by_file(base, &self.others, &self.of_file)
    }
}

/// Lays an entry over a configuration: settings replace settings, policy by policy, and exemptions add up.
fn lay_over(base: &mut Value, entry: &Map<String, Value>) {
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    if let Some(base) = base.as_object_mut() {
        lay_fields(base, entry, 2);
    }
}

/// `depth` is how many mappings are merged: the configuration's `policies`, and in it each policy.
fn lay_fields(base: &mut Map<String, Value>, entry: &Map<String, Value>, depth: usize) {
    for (key, value) in entry {
        match (base.get_mut(key), value) {
            (Some(Value::Array(entries)), Value::Array(more)) if key == "exempt" => {
                entries.extend(more.iter().cloned());
            }
            (Some(Value::Object(base)), Value::Object(entry)) if depth > 0 => lay_fields(base, entry, depth - 1),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_replaces_settings_and_adds_exemptions() {
        let mut base =
            json!({"profile": "strict", "exempt": [1], "policies": {"a": {"x": {"y": 1}, "z": 1, "exempt": [1]}}});
        let entry = json!({"exempt": [2], "policies": {"a": {"x": {"w": 2}, "exempt": [2]}, "b": {"enabled": false}}});
        lay_over(&mut base, entry.as_object().unwrap());
        let policies = json!({"a": {"x": {"w": 2}, "z": 1, "exempt": [1, 2]}, "b": {"enabled": false}});
        assert_eq!(base, json!({"profile": "strict", "exempt": [1, 2], "policies": policies}));
    }
}
