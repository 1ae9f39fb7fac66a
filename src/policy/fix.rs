//! What would fix a finding: edits on the object's JSON, never on a typed copy of it, so that fields newer than this
//! code survive.

use serde_json::Value;

use crate::json::edit::{Edit, EditError};

/// How far a fix can be trusted, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Shown to a person, applied by nothing.
    DisplayOnly,
    /// May change how the workload behaves: only on request.
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
    /// What it does, as an order: "set replicas to 2".
    pub title: String,
    /// Whether it may be applied unasked.
    pub applicability: Applicability,
    /// The changes, in the order in which they are made.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Carries the whole fix out, or nothing of it.
    ///
    /// # Errors
    /// When one of its edits doesn't fit; the object is then unchanged.
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
    fn a_fix_that_does_not_fit_changes_nothing() {
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
