//! A cursor over JSON that knows its path.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::cmp::Ordering;

use ref_cast::RefCast;
use serde_json::{Map, Value};

use crate::json::path::Path;

/// The steps of every cursor of one evaluation: each costs one entry, and a path is only built when a finding needs it.
pub struct PathArena(RefCell<Steps>);

struct Steps {
    steps: Vec<Step>,
    /// The keys that are only known at run time, concatenated: a string for each would cost more than the step.
    keys: String,
}

#[derive(Clone, Copy)]
struct Step {
    parent: u32,
    to: To,
}

#[derive(Clone, Copy)]
enum To {
    Key(&'static str),
    /// The range in [`Steps::keys`].
    EntryKey(u32, u32),
    Index(u32),
}

const ROOT: u32 = u32::MAX;

/// The lengths of an arena at some time.
#[derive(Clone, Copy)]
pub(crate) struct Checkpoint {
    steps: usize,
    keys: usize,
}

impl Default for PathArena {
    fn default() -> PathArena {
        PathArena::new()
    }
}

impl PathArena {
    /// An arena without steps.
    pub fn new() -> PathArena {
        // Room for the steps of one policy on a typical object.
        PathArena(RefCell::new(Steps { steps: Vec::with_capacity(256), keys: String::with_capacity(256) }))
    }

    // No code below calls back while it borrows, so the borrows never fail; `try_borrow` because a failure must not
    // panic.

    /// The current lengths, for [`PathArena::rewind_to`].
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.0
            .try_borrow()
            .map_or(Checkpoint { steps: 0, keys: 0 }, |all| Checkpoint { steps: all.steps.len(), keys: all.keys.len() })
    }

    /// Drops the steps since a checkpoint, once no cursor uses them: a small arena stays in the cache.
    pub(crate) fn rewind_to(&self, checkpoint: Checkpoint) {
        if let Ok(mut all) = self.0.try_borrow_mut() {
            all.steps.truncate(checkpoint.steps);
            all.keys.truncate(checkpoint.keys);
        }
    }

    fn step(&self, parent: u32, to: To) -> u32 {
        let Ok(mut all) = self.0.try_borrow_mut() else { return ROOT };
        all.push(parent, to)
    }

    fn step_to_entry(&self, parent: u32, key: &str) -> u32 {
        let Ok(mut all) = self.0.try_borrow_mut() else { return ROOT };
        let start = all.keys.len() as u32;
        all.keys.push_str(key);
        let end = all.keys.len() as u32;
        all.push(parent, To::EntryKey(start, end))
    }

    fn path(&self, at: u32) -> Path {
        // Longer than most paths, so most never grow.
        let mut path = Path::with_capacity(64);
        if let Ok(all) = self.0.try_borrow() {
            all.spell(at, &mut path);
        }
        path
    }
}

impl Steps {
    fn push(&mut self, parent: u32, to: To) -> u32 {
        let at = self.steps.len() as u32;
        self.steps.push(Step { parent, to });
        at
    }

    /// Writes the path from the root. Recurses no deeper than the object, whose depth its reader has limited.
    fn spell(&self, at: u32, path: &mut Path) {
        let Some(step) = self.steps.get(at as usize) else { return };
        self.spell(step.parent, path);
        match step.to {
            To::Key(key) => path.push_key(key),
            To::EntryKey(start, end) => path.push_key(self.keys.get(start as usize..end as usize).unwrap_or_default()),
            To::Index(index) => path.push_index(index as usize),
        }
    }
}

/// A place in an object, whether it exists or not. JSON `null` counts as absent, as in the Kubernetes API.
///
/// Reading a value of the wrong type is an error with the path ([`Malformed`]); reading an absent one is `None`.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    value: Option<&'a Value>,
    arena: &'a PathArena,
    at: u32,
}

impl<'a> Node<'a> {
    /// The root of an object.
    pub fn root(value: &'a Value, arena: &'a PathArena) -> Node<'a> {
        Node { value: present(Some(value)), arena, at: ROOT }
    }

    /// The field `key` of this mapping.
    ///
    /// Below an absent place or a value that is not a mapping, every field is absent: the wrong type is reported by the
    /// code that reads that value.
    #[must_use]
    pub fn get(self, key: &'static str) -> Node<'a> {
        let value = self.value.and_then(|value| field(value, key));
        Node { value, arena: self.arena, at: self.arena.step(self.at, To::Key(key)) }
    }

    /// The field below several keys, like repeated `get`.
    #[must_use]
    pub fn dig(self, keys: &[&'static str]) -> Node<'a> {
        keys.iter().fold(self, |node, key| node.get(key))
    }

    /// The field of a key that is only known at run time: a label, an annotation, a resource name.
    #[must_use]
    pub fn entry(self, key: &str) -> Node<'a> {
        let value = self.value.and_then(|value| field(value, key));
        Node { value, arena: self.arena, at: self.arena.step_to_entry(self.at, key) }
    }

    /// True when there is a value other than null.
    pub fn exists(self) -> bool {
        self.value.is_some()
    }

    /// The JSON value, if there is one.
    pub fn value(self) -> Option<&'a Value> {
        self.value
    }

    /// The path of this place.
    pub fn path(self) -> Path {
        self.arena.path(self.at)
    }

    /// The arena of this cursor, for reading another object in the same evaluation.
    pub fn arena(self) -> &'a PathArena {
        self.arena
    }

    /// The string here.
    ///
    /// # Errors
    /// When the value is not a string.
    pub fn str(self) -> Result<Option<&'a str>, Malformed> {
        match self.value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed("a string")),
        }
    }

    /// The boolean here.
    ///
    /// # Errors
    /// When the value is not a boolean.
    pub fn bool(self) -> Result<Option<bool>, Malformed> {
        match self.value {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(_) => Err(self.malformed("a boolean")),
        }
    }

    /// The whole number here.
    ///
    /// # Errors
    /// When the value is not a whole number.
    pub fn int(self) -> Result<Option<i64>, Malformed> {
        match self.value {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.malformed("a whole number")),
            },
        }
    }

    /// The elements of the sequence here; none if it is absent.
    ///
    /// # Errors
    /// When the value is not a sequence.
    pub fn items(self) -> Result<impl DoubleEndedIterator<Item = Node<'a>> + ExactSizeIterator, Malformed> {
        let items: &'a [Value] = match self.value {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.malformed("a list")),
        };
        Ok(items.iter().enumerate().map(move |(index, value)| Node {
            value: present(Some(value)),
            arena: self.arena,
            at: self.arena.step(self.at, To::Index(index as u32)),
        }))
    }

    /// The names and values of the mapping here, in the order of their names; none if it is absent.
    ///
    /// # Errors
    /// When the value is not a mapping.
    pub fn entries(self) -> Result<impl Iterator<Item = (&'a str, Node<'a>)>, Malformed> {
        let fields: Option<&'a Map<String, Value>> = match self.value {
            None => None,
            Some(Value::Object(fields)) => Some(fields),
            Some(_) => return Err(self.malformed("a mapping")),
        };
        Ok(fields.into_iter().flatten().map(move |(key, value)| {
            let at = self.arena.step_to_entry(self.at, key);
            (key.as_str(), Node { value: present(Some(value)), arena: self.arena, at })
        }))
    }

    /// This place, if it is absent or a mapping.
    ///
    /// # Errors
    /// When the value is not a mapping.
    pub fn mapping(self) -> Result<Node<'a>, Malformed> {
        match self.value {
            None | Some(Value::Object(_)) => Ok(self),
            Some(_) => Err(self.malformed("a mapping")),
        }
    }

    /// The error that `expected` should be here.
    #[cold]
    pub fn malformed(self, expected: &'static str) -> Malformed {
        Malformed { path: self.path(), expected }
    }
}

/// The field of a mapping, unless it is null.
fn field<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    present(value.as_object()?.get(FieldName::ref_cast(key)))
}

/// A key to look up, in the order of `String`. Looking up fields is the most frequent operation, and most keys differ
/// in their first byte: calls of `memcmp` took half of the comparing time.
#[derive(PartialEq, Eq, Hash, RefCast)]
#[repr(transparent)]
struct FieldName(str);

impl Ord for FieldName {
    fn cmp(&self, other: &FieldName) -> Ordering {
        let (own, others) = (self.0.as_bytes(), other.0.as_bytes());
        match own.first().cmp(&others.first()) {
            Ordering::Equal => own.cmp(others),
            unequal => unequal,
        }
    }
}

impl PartialOrd for FieldName {
    fn partial_cmp(&self, other: &FieldName) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<FieldName> for String {
    fn borrow(&self) -> &FieldName {
        FieldName::ref_cast(self)
    }
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// A value whose type differs from the API's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} should be {expected}")]
pub struct Malformed {
    /// Its path.
    pub path: Path,
    /// The API's type, such as "a string".
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_known_for_absent_places_too() {
        let value = json!({"spec": {"containers": [{"name": "a"}], "labels": {"x/y": "z"}}});
        let arena = PathArena::new();
        let root = Node::root(&value, &arena);
        let container = root.dig(&["spec", "containers"]).items().unwrap().next().unwrap();
        assert_eq!(container.get("name").str(), Ok(Some("a")));
        let absent = container.get("lifecycle").get("preStop");
        assert!(!absent.exists());
        assert_eq!(absent.path().as_str(), "/spec/containers/0/lifecycle/preStop");
        let (key, node) = root.dig(&["spec", "labels"]).entries().unwrap().next().unwrap();
        assert_eq!((key, node.path().as_str()), ("x/y", "/spec/labels/x~1y"));
    }

    #[test]
    fn keys_are_ordered_like_strings() {
        let keys = ["", "a", "ab", "abc", "b", "B", "a/b", "a.b", "ä", "äb", "a\u{0}", "\u{ffff}", "zz"];
        for one in keys {
            for other in keys {
                let ordered = FieldName::ref_cast(one).cmp(FieldName::ref_cast(other));
                assert_eq!(ordered, one.cmp(other), "{one:?} {other:?}");
            }
        }
        let value: Value = keys.iter().map(|key| ((*key).to_owned(), json!(key))).collect();
        let arena = PathArena::new();
        for key in keys {
            assert_eq!(Node::root(&value, &arena).entry(key).str(), Ok(Some(key)), "{key:?}");
        }
    }

    #[test]
    fn null_is_absent_and_wrong_type_reports_path() {
        let value = json!({"a": null, "b": 1});
        let arena = PathArena::new();
        let root = Node::root(&value, &arena);
        assert_eq!(root.get("a").str(), Ok(None));
        let error = root.get("b").str().unwrap_err();
        assert_eq!(error.to_string(), "/b should be a string");
    }
}
