//! Changes to JSON, place by place.

use serde_json::{Map, Value};

use crate::json::node::{Malformed, Node};
use crate::json::path::Path;

/// One change to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Gives `at` this value. Missing mappings on the way are made.
    Set {
        /// The field or array element.
        at: Path,
        /// Its new value.
        value: Value,
    },
    /// Takes `at` away; nothing happens when it isn't there.
    Remove {
        /// The field or array element.
        at: Path,
    },
    /// Adds an element to the end of the sequence `at`, which is made if it is missing.
    Append {
        /// The sequence.
        at: Path,
        /// The new element.
        value: Value,
    },
}

impl Edit {
    /// Gives `node` this value.
    pub fn set(node: Node<'_>, value: impl Into<Value>) -> Edit {
        Edit::Set { at: node.path(), value: value.into() }
    }

    /// Takes `node` away.
    pub fn remove(node: Node<'_>) -> Edit {
        Edit::Remove { at: node.path() }
    }

    /// Adds an element to the end of the sequence `node`.
    pub fn append(node: Node<'_>, value: impl Into<Value>) -> Edit {
        Edit::Append { at: node.path(), value: value.into() }
    }

    /// Takes these elements out of `list`: the last first, since each that goes moves those behind it, and the whole list
    /// when none would be left.
    ///
    /// # Errors
    /// When `list` is no list.
    pub fn take_out(list: Node<'_>, elements: &[Node<'_>]) -> Result<Vec<Edit>, Malformed> {
        if list.items()?.len() == elements.len() {
            return Ok(vec![Edit::Remove { at: list.path() }]);
        }
        Ok(elements.iter().rev().map(|element| Edit::Remove { at: element.path() }).collect())
    }

    /// The one place that the edit changes.
    pub fn at(&self) -> &Path {
        match self {
            Edit::Set { at, .. } | Edit::Remove { at } | Edit::Append { at, .. } => at,
        }
    }

    /// Carries the edit out on `object`.
    ///
    /// # Errors
    /// When the path runs through a scalar, or through an array with something that is no index in it. The object is
    /// then as it was, but for empty mappings made on the way.
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
                        // Not `Map::remove`: taking nodes out of a balanced tree is 3 kB in every module.
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

/// Finds the place `at`, making mappings on the way.
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
    /// Where the edit was to be made.
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
    fn set_makes_parents_and_keeps_the_rest() {
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
    fn append_makes_the_sequence() {
        let mut object = json!({});
        let edit = Edit::Append { at: at("/drop"), value: json!("ALL") };
        edit.apply(&mut object).unwrap();
        edit.apply(&mut object).unwrap();
        assert_eq!(object, json!({"drop": ["ALL", "ALL"]}));
    }

    #[test]
    fn remove_of_what_is_not_there_is_nothing() {
        let mut object = json!({"a": [1, 2]});
        Edit::Remove { at: at("/a/0") }.apply(&mut object).unwrap();
        Edit::Remove { at: at("/b/c") }.apply(&mut object).unwrap();
        assert_eq!(object, json!({"a": [2]}));
    }

    #[test]
    fn elements_are_taken_out_from_behind_and_all_of_them_with_their_list() {
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
