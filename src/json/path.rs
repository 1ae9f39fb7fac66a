//! Paths in an object: RFC 6901 JSON pointers.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// An RFC 6901 JSON pointer into one object; the empty path is the object itself.
///
/// A segment may name a field or an array element, depending on the value it is applied to.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(String);

impl Path {
    /// The object itself.
    pub const ROOT: Path = Path(String::new());

    /// The object itself, with capacity for a pointer of that many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Path {
        Path(String::with_capacity(bytes))
    }

    /// Parses a pointer such as `/spec/containers/0`; `None` when it is neither empty nor starts with a slash.
    pub fn parse(pointer: &str) -> Option<Path> {
        (pointer.is_empty() || pointer.starts_with('/')).then(|| Path(pointer.to_owned()))
    }

    /// The pointer as text, escaped according to RFC 6901.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Steps into the field `key`, given unescaped.
    pub fn push_key(&mut self, key: &str) {
        self.0.push('/');
        let mut rest = key;
        while let Some(special) = rest.bytes().position(|byte| matches!(byte, b'~' | b'/')) {
            let Some((plain, from)) = rest.split_at_checked(special) else { break };
            self.0.push_str(plain);
            self.0.push_str(if from.starts_with('~') { "~0" } else { "~1" });
            rest = from.get(1..).unwrap_or_default();
        }
        self.0.push_str(rest);
    }

    /// Steps into the array element `index`.
    pub fn push_index(&mut self, index: usize) {
        self.0.push('/');
        push_decimal(&mut self.0, index);
    }

    /// The path of the field `key` below this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Path {
        let mut path = self.clone();
        path.push_key(key);
        path
    }

    /// The path of the array element `index` below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Path {
        let mut path = self.clone();
        path.push_index(index);
        path
    }

    /// The path of the parent; `None` at the root.
    pub fn parent(&self) -> Option<Path> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Path(parent.to_owned()))
    }

    /// The last segment, unescaped; `None` at the root.
    pub fn last(&self) -> Option<Cow<'_, str>> {
        let (_, last) = self.0.rsplit_once('/')?;
        Some(unescape(last))
    }

    /// The segments from the root, unescaped.
    pub fn segments(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescape)
    }

    /// True when `self` is `other` or lies below it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.strip_prefix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The value at the path in `object`, if it exists.
    pub fn find<'v>(&self, object: &'v Value) -> Option<&'v Value> {
        self.segments().try_fold(object, |value, segment| match value {
            Value::Object(fields) => fields.get(segment.as_ref()),
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn unescape(segment: &str) -> Cow<'_, str> {
    if !segment.contains('~') {
        return Cow::Borrowed(segment);
    }
    let mut plain = String::new();
    let mut rest = segment.chars();
    while let Some(c) = rest.next() {
        plain.push(match c {
            '~' if rest.next() == Some('1') => '/',
            c => c,
        });
    }
    Cow::Owned(plain)
}

/// Appends a number without the formatting machinery, which would enlarge modules.
pub(crate) fn push_decimal(out: &mut String, number: usize) {
    if number >= 10 {
        push_decimal(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_round_trips() {
        let path = Path::ROOT.key("metadata").key("annotations").key("a/b~c").index(12);
        assert_eq!(path.as_str(), "/metadata/annotations/a~1b~0c/12");
        let segments: Vec<_> = path.segments().collect();
        assert_eq!(segments, ["metadata", "annotations", "a/b~c", "12"]);
        assert_eq!(path.parent().unwrap().last().unwrap(), "a/b~c");
    }

    #[test]
    fn prefix_ends_at_a_segment() {
        let spec = Path::parse("/spec").unwrap();
        assert!(Path::parse("/spec/replicas").unwrap().starts_with(&spec));
        assert!(!Path::parse("/specification").unwrap().starts_with(&spec));
        assert!(spec.starts_with(&Path::ROOT));
        assert_eq!(Path::parse("spec"), None);
    }
}
