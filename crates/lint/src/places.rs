//! From pointers to lines and columns.

use std::ops::Range;
use std::sync::OnceLock;

use plimsoll::json::path::Path;
use plimsoll_manifest::{LineIndex, Span};

use crate::manifests::{Manifests, Object};

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, in [`Manifests::files`].
    pub file: usize,
    /// The bytes.
    pub range: Range<usize>,
    /// The lines and columns.
    pub span: Span,
}

/// Finds the places of fields. The lines of a file are looked for once, when they are first asked for.
pub struct Places<'m> {
    manifests: &'m Manifests,
    lines: Vec<OnceLock<LineIndex<'m>>>,
    texts: Vec<OnceLock<Option<&'m str>>>,
}

impl<'m> Places<'m> {
    /// Knows where the objects of `manifests` are.
    pub fn new(manifests: &'m Manifests) -> Places<'m> {
        let (lines, texts) = manifests.files.iter().map(|_| (OnceLock::new(), OnceLock::new())).unzip();
        Places { manifests, lines, texts }
    }

    /// What to point at when something is to be said about `path` in `object`; `None` only for an object of other
    /// manifests.
    pub fn nearest(&self, object: &Object, path: &Path) -> Option<Place> {
        let document = self.manifests.files.get(object.file)?.documents.get(object.document)?;
        let (_, range) = document.nearest(&join(&object.prefix, path));
        let span = self.lines(object.file)?.span(range.clone());
        Some(Place { file: object.file, range, span })
    }

    /// The text of a file; `None` when it isn't UTF-8 throughout. That is looked at once.
    pub(crate) fn text(&self, file: usize) -> Option<&'m str> {
        let text = &self.manifests.files.get(file)?.source.text;
        *self.texts.get(file)?.get_or_init(|| std::str::from_utf8(text).ok())
    }

    /// The key of the field at `path`, where it has one.
    pub fn key(&self, object: &Object, path: &Path) -> Option<Place> {
        let document = self.manifests.files.get(object.file)?.documents.get(object.document)?;
        let Some(range) = document.key_span(&join(&object.prefix, path)) else { return self.nearest(object, path) };
        let span = self.lines(object.file)?.span(range.clone());
        Some(Place { file: object.file, range, span })
    }

    /// The lines of a file.
    pub fn lines(&self, file: usize) -> Option<&LineIndex<'m>> {
        let text = &self.manifests.files.get(file)?.source.text;
        Some(self.lines.get(file)?.get_or_init(|| LineIndex::new(text)))
    }
}

/// The path `inner`, seen from where `prefix` starts.
pub fn join(prefix: &Path, inner: &Path) -> Path {
    if prefix.is_root() {
        return inner.clone();
    }
    Path::parse(&[prefix.as_str(), inner.as_str()].concat()).unwrap_or_else(|| prefix.clone())
}
