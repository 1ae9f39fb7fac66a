//! Kubernetes manifests as kubectl reads them: each document of a file as JSON, with the place of every field, and
//! edits of the text that leave comments, order and quoting of everything else as they were.
//!
//! [`read`] never fails as a whole: a document that cannot be read becomes a [`ReadError`] with its place, and the
//! others are still there. Nothing here does any input or output.

mod addition;
mod build;
mod change;
mod comment;
mod document;
mod edit;
mod error;
mod json;
mod limits;
mod objects;
mod order;
mod patch;
mod position;
mod refused;
mod render;
mod scalar;
mod split;
mod syntax;
mod tree;
mod yaml;

pub use crate::addition::{add, render};
pub use crate::comment::explained;
pub use crate::document::{Document, File, read, read_again};
pub use crate::edit::{apply_fix, edit};
pub use crate::error::{ReadError, ReadErrorKind};
pub use crate::limits::Limits;
pub use crate::objects::objects;
pub use crate::patch::{Overlap, TextEdit, apply};
pub use crate::position::{LineIndex, Position, Span};
pub use crate::refused::{AddRefused, EditRefused};
pub use crate::syntax::SyntaxError;
