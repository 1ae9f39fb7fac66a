//! Edits of JSON at paths.

use serde_json::{Map, Value};

use crate::json::node::{Malformed, Node};
use crate::json::path::Path;

/// One change to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Sets `at` to this value, and creates missing mappings on the way.
    Set {
        /// The field or array element.
        at: Path,
        /// Its new value.
        value: Value,
    },
    /// Removes `at`; does nothing if it doesn't exist.
    Remove {
        /// The field or array element.
        at: Path,
    },
    /// Appends an element to the sequence `at`, which is created if missing.
    Append {
        /// The sequence.
        at: Path,
        /// The new element.
        value: Value,
    },
}

impl Edit {
    /// Sets `node` to this value.
    pub fn set(node: Node<'_>, value: impl Into<Value>) -> Edit {
        Edit::Set { at: node.path(), value: value.into() }
    }

    /// Removes `node`.
    pub fn remove(node: Node<'_>) -> Edit {
        Edit::Remove { at: node.path() }
    }

    /// Appends an element to the sequence `node`.
    pub fn append(node: Node<'_>, value: impl Into<Value>) -> Edit {
        Edit::Append { at: node.path(), value: value.into() }
    }

    /// Removes these elements from `list`, the last one first, since each removal shifts those after it; removes the
    /// whole list if none would be left.
    ///
    /// # Errors
    /// When `list` is not a list.
    pub fn take_out(list: Node<'_>, elements: &[Node<'_>]) -> Result<Vec<Edit>, Malformed> {
        if list.items()?.len() == elements.len() {
            return Ok(vec![Edit::Remove { at: list.path() }]);
        }
        Ok(elements.iter().rev().map(|element| Edit::Remove { at: element.path() }).collect())
    }

    /// The path that the edit changes.
    pub fn at(&self) -> &Path {
        match self {
            Edit::Set { at, .. } | Edit::Remove { at } | Edit::Append { at, .. } => at,
        }
    }

    /// Applies the edit to `object`.
    ///
    /// # Errors
    /// When the path leads through a scalar, or through an array with an invalid index. The object is then unchanged
    /// except for empty mappings created on the way.
    pub fn apply(&self, object: &mut Value) -> Result<(), EditError> {
        let refused = || EditError { at: self.at().clone() };
        match self {
            Edit::Set { at, value } => {
                *reach(object, at).ok_or_else(refused)? = value.clone();
            }
            Edit::Append { at, value } => match reach(object, at).ok_or_else(refused)? {
                Value::Array(items) => items.push(value.clone()),
                place @ Value::Null => *place = Value::Array(vec![value.clone()]),
                _ => return Err(refused()),
            },
            Edit::Remove { at } => {
                let Some(parent) = at.parent() else { return Err(refused()) };
                let last = at.last().unwrap_or_default();
                match find_mut(object, &parent) {
                    Some(Value::Object(fields)) => {
                        // Not `Map::remove`, which would add 3 kB to every module.
                        let mut kept = Map::new();
                        for (key, value) in std::mem::take(fields) {
                            if key != last.as_ref() {
                                kept.insert(key, value);
                            }
                        }
                        *fields = kept;
                    }
                    Some(Value::Array(items)) => {
                        let index: usize = last.parse().map_err(|_| refused())?;
                        if index < items.len() {
                            items.remove(index);
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Finds the place `at`, and creates mappings on the way.
fn reach<'v>(object: &'v mut Value, at: &Path) -> Option<&'v mut Value> {
    let mut place = object;
    for segment in at.segments() {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(fields) => fields.entry(segment.into_owned()).or_insert(Value::Null),
            Value::Array(items) => items.get_mut(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
}

fn find_mut<'v>(object: &'v mut Value, at: &Path) -> Option<&'v mut Value> {
    at.segments().try_fold(object, |value, segment| match value {
        Value::Object(fields) => fields.get_mut(segment.as_ref()),
        Value::Array(items) => items.get_mut(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// An edit that doesn't fit the object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no place {at} in this object")]
pub struct EditError {
    /// The path of the edit.
    pub at: Path,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    fn at(pointer: &str) -> Path {
        Path::parse(pointer).unwrap()
    }

    #[test]
    fn set_creates_parents_and_keeps_the_rest() {
        let mut object = json!({"spec": {"new": 1, "containers": [{"name": "a"}]}});
        let edit = Edit::Set { at: at("/spec/containers/0/lifecycle/preStop/sleep/seconds"), value: json!(15) };
        edit.apply(&mut object).unwrap();
        assert_eq!(
            object,
            json!({"spec": {"new": 1, "containers": [
                {"name": "a", "lifecycle": {"preStop": {"sleep": {"seconds": 15}}}}]}})
        );
    }

    #[test]
    fn append_creates_the_sequence() {
        let mut object = json!({});
        let edit = Edit::Append { at: at("/drop"), value: json!("ALL") };
        edit.apply(&mut object).unwrap();
        edit.apply(&mut object).unwrap();
        assert_eq!(object, json!({"drop": ["ALL", "ALL"]}));
    }

    #[test]
    fn removing_an_absent_field_changes_nothing() {
        let mut object = json!({"a": [1, 2]});
        Edit::Remove { at: at("/a/0") }.apply(&mut object).unwrap();
        Edit::Remove { at: at("/b/c") }.apply(&mut object).unwrap();
        assert_eq!(object, json!({"a": [2]}));
    }

    #[test]
    fn elements_are_removed_last_first_and_an_empty_list_with_them() {
        let before = json!({"drop": [1, 2, 3, 4]});
        let arena = PathArena::new();
        let list = Node::root(&before, &arena).get("drop");
        let elements: Vec<_> = list.items().unwrap().collect();
        for (taken, after) in
            [(&elements[..], json!({})), (&elements[1..3], json!({"drop": [1, 4]})), (&[], before.clone())]
        {
            let mut object = before.clone();
            for edit in Edit::take_out(list, taken).unwrap() {
                edit.apply(&mut object).unwrap();
            }
            assert_eq!(object, after);
        }
    }
}
