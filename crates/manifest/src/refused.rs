//! Why a change is not made in the text.

use plimsoll::json::edit::EditError;
use plimsoll::json::path::Path;

/// An edit that cannot be made in the text. It can still be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditRefused {
    /// What would be replaced holds `{{`: what it renders to is not known.
    #[error("{at} is a template (`{{{{`)")]
    Template {
        /// Where the edit was to be made.
        at: Path,
    },
    /// The object is a patch (`$patch`): what it changes is elsewhere.
    #[error("{at} is in a patch (`$patch`), which says only what changes in another object")]
    Patch {
        /// Where the edit was to be made.
        at: Path,
    },
    /// The text is also that of another field, through an alias or a merge key.
    #[error("{at} is shared through an anchor, an alias or a merge key")]
    Shared {
        /// Where the edit was to be made.
        at: Path,
    },
    /// The edit doesn't fit the object.
    #[error("there is no place {at} in this document")]
    NoPlace {
        /// Where the edit was to be made.
        at: Path,
    },
    /// The text is written in a way that isn't edited.
    #[error("{at} cannot be edited: {reason}")]
    Layout {
        /// Where the edit was to be made.
        at: Path,
        /// What is in the way.
        reason: &'static str,
    },
    /// The edited text would not have said exactly what was wanted.
    #[error("editing {at} would change something else too")]
    WouldChange {
        /// Where the edit was to be made.
        at: Path,
    },
    /// There is no such document in the file, or it cannot be read.
    #[error("there is no readable document {index} in this file")]
    NoDocument {
        /// The document that was asked for.
        index: usize,
    },
}

impl EditRefused {
    /// Where the edit was to be made.
    pub fn at(&self) -> Option<&Path> {
        match self {
            EditRefused::Template { at }
            | EditRefused::Patch { at }
            | EditRefused::Shared { at }
            | EditRefused::NoPlace { at }
            | EditRefused::Layout { at, .. }
            | EditRefused::WouldChange { at } => Some(at),
            EditRefused::NoDocument { .. } => None,
        }
    }
}

/// Why a file gets no further document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddRefused {
    /// The object that needs it holds `{{`: what it renders to is not known.
    #[error("the document is a template (`{{{{`)")]
    Template,
    /// JSON has no further documents.
    #[error("the document is JSON, behind which no YAML is written")]
    Json,
    /// The text would not have said exactly what was wanted.
    #[error("the end of the file would change its meaning")]
    WouldChange,
}

impl From<EditError> for EditRefused {
    fn from(error: EditError) -> EditRefused {
        EditRefused::NoPlace { at: error.at }
    }
}
