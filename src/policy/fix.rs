//! Fixes of findings: edits on the object's JSON, never on a typed copy, which would lose fields that this code doesn't
//! know.

use serde_json::Value;

use crate::json::edit::{Edit, EditError};

/// How safe a fix is, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Shown to people, never applied.
    DisplayOnly,
    /// May change how the workload behaves: applied only on request.
    Unsafe,
    /// A healthy workload behaves as before.
    Safe,
}

impl Applicability {
    /// The word used in settings and reports: `display`, `unsafe` or `safe`.
    pub fn name(self) -> &'static str {
        match self {
            Applicability::DisplayOnly => "display",
            Applicability::Unsafe => "unsafe",
            Applicability::Safe => "safe",
        }
    }
}

/// A way to fix a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// An imperative: "set replicas to 2".
    pub title: String,
    /// How safe it is.
    pub applicability: Applicability,
    /// The edits, in order.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Applies the whole fix, or nothing of it.
    ///
    /// # Errors
    /// When one of its edits fails; the object is then unchanged.
    pub fn apply(&self, object: &mut Value) -> Result<(), EditError> {
        let mut copy = object.clone();
        for edit in &self.edits {
            edit.apply(&mut copy)?;
        }
        *object = copy;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::path::Path;

    fn at(pointer: &str) -> Path {
        Path::parse(pointer).unwrap()
    }

    #[test]
    fn failed_fix_changes_nothing() {
        let mut object = json!({"a": 1});
        let fix = Fix {
            title: String::new(),
            applicability: Applicability::Safe,
            edits: vec![Edit::Set { at: at("/b"), value: json!(2) }, Edit::Set { at: at("/a/b"), value: json!(2) }],
        };
        assert_eq!(fix.apply(&mut object), Err(EditError { at: at("/a/b") }));
        assert_eq!(object, json!({"a": 1}));
    }
}
