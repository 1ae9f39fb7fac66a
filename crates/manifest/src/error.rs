//! Why a document could not be read.

use std::ops::Range;

use crate::position::Position;
use crate::syntax::SyntaxError;

/// A document, or a whole file, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {kind}", position.line, position.column)]
pub struct ReadError {
    /// Which document of the file, from 0, counted as [`Document::index`](crate::Document::index) is.
    pub document: usize,
    /// The bytes of the file that the document takes.
    pub range: Range<usize>,
    /// Where reading stopped.
    pub position: Position,
    /// What is wrong there.
    pub kind: ReadErrorKind,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The file is longer than [`Limits::file_bytes`](crate::Limits::file_bytes).
    #[error("the file has {bytes} bytes, more than the {limit} that are read")]
    FileTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The document is longer than [`Limits::document_bytes`](crate::Limits::document_bytes).
    #[error("the document has {bytes} bytes, more than the {limit} that are read")]
    DocumentTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The document isn't UTF-8.
    #[error("this is not UTF-8 text")]
    Encoding,
    /// The document is UTF-16, as some editors on Windows write.
    #[error("this is UTF-16: save it as UTF-8")]
    Utf16,
    /// The document breaks YAML's grammar.
    #[error("{0}")]
    Syntax(SyntaxError),
    /// The document could not be read and holds `{{`.
    #[error("this looks like a template, which must be rendered first (as `helm template` does): {0}")]
    Template(Box<ReadErrorKind>),
    /// A mapping has the same key twice. It is read all the same: the last one counts.
    #[error("the key `{key}` is already on line {}, column {}", first.line, first.column)]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Position,
    },
    /// A mapping or sequence as a key.
    #[error("a key must be a string, not a mapping or a sequence")]
    KeyNotScalar,
    /// A null as a key.
    #[error("a key must be a string, not null")]
    KeyNull,
    /// More nesting than [`Limits::depth`](crate::Limits::depth).
    #[error("this is nested more than {limit} levels deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More copying than [`Limits::nodes_from_aliases`](crate::Limits::nodes_from_aliases).
    #[error("aliases copy more than {limit} values")]
    TooManyAliases {
        /// The limit.
        limit: usize,
    },
    /// An alias for an anchor that isn't there.
    #[error("there is no anchor before this alias; a value that starts with `*` needs quotes")]
    AliasOfNothing,
    /// An alias within the value that it stands for.
    #[error("this alias stands for a value that contains it")]
    AliasOfItself,
    /// A merge key whose value is no mapping.
    #[error("`<<` needs a mapping or a sequence of mappings")]
    MergeNotMapping,
    /// `.inf` or `.nan`: the API has no such numbers.
    #[error("`{0}` is no number in JSON")]
    NotFinite(String),
    /// A scalar that isn't what its tag says. It may be secret.
    #[error("the value is no {tag}")]
    Tag {
        /// The tag, short.
        tag: &'static str,
    },
    /// Something after the end of the document, which kubectl passes over in silence. The document is read all the same.
    #[error("there is more after the end of the document: it needs a line `---` before it")]
    AfterEnd,
}

impl ReadErrorKind {
    /// Completes the place that the error refers to, of which only the byte is known.
    pub(crate) fn locate(&mut self, position: impl FnOnce(usize) -> Position) {
        let place = match self {
            ReadErrorKind::DuplicateKey { first, .. } => Some(first),
            ReadErrorKind::Syntax(error) => error.refers_to(),
            ReadErrorKind::Template(kind) => return kind.locate(position),
            _ => None,
        };
        if let Some(place) = place {
            *place = position(place.offset);
        }
    }
}
