//! A file and its documents.

use std::ops::Range;

use plimsoll::json::path::Path;
use serde_json::Value;

use crate::build::{BuildError, Read};
use crate::error::{ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::position::LineIndex;
use crate::split;
use crate::tree::{Found, Style, Tree};
use crate::{json, yaml};

/// What a file holds. Both lists are in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The documents that could be read. Empty ones, and those that are only comments or null, are left out.
    pub documents: Vec<Document>,
    /// Why the others could not.
    pub errors: Vec<ReadError>,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Which of the file's documents it is, from 0. Those that hold nothing but comments don't count; those that could
    /// not be read do.
    pub index: usize,
    /// What it says, as JSON.
    pub value: Value,
    /// What it was made from: Helm's comment `# Source:`, or the path in Kustomize's annotation
    /// `config.kubernetes.io/origin`.
    pub source: Option<String>,
    /// The bytes of the file that it takes, its line `---` among them.
    pub range: Range<usize>,
    pub(crate) tree: Tree,
}

/// Reads all documents of a file, which may be YAML or JSON.
pub fn read(text: &[u8], limits: &Limits) -> File {
    let mut file = File::default();
    if text.len() > limits.file_bytes {
        let too_long = ReadErrorKind::FileTooLong { bytes: text.len(), limit: limits.file_bytes };
        // Not even its lines are looked for.
        let position = LineIndex::new(&[]).position(0);
        file.errors.push(ReadError { document: 0, range: 0..text.len(), position, kind: too_long });
        return file;
    }
    let mut lines = None;
    for (index, range) in split::documents(text).into_iter().enumerate() {
        let (start, whole) = (range.start, range.clone());
        let mut fail = |BuildError { at, mut kind }: BuildError| {
            let lines = lines.get_or_insert_with(|| LineIndex::new(text));
            kind.locate(|offset| lines.position(start + offset));
            let position = lines.position(start + at);
            file.errors.push(ReadError { document: index, range: whole.clone(), position, kind });
        };
        match read_one(text, index, range, limits) {
            Ok((document, remarks)) => {
                file.documents.extend(document);
                remarks.into_iter().for_each(fail);
            }
            Err(error) => fail(error),
        }
    }
    file
}

/// Reads a document of a file again, whose value has been taken; `None` when `text` is not what it was read from.
pub fn read_again(text: &str, document: &Document) -> Option<Document> {
    let read = read_one(text.as_bytes(), document.index, document.range.clone(), &Limits::default());
    read.ok()?.0
}

/// Reads the document at `range`, `None` when it is null, and what is to be said about it.
pub(crate) fn read_one(
    text: &[u8],
    index: usize,
    range: Range<usize>,
    limits: &Limits,
) -> Result<(Option<Document>, Vec<BuildError>), BuildError> {
    let bytes = text.get(range.clone()).unwrap_or_default();
    let limit = limits.document_bytes.min(u32::MAX as usize);
    if bytes.len() > limit {
        let kind = ReadErrorKind::DocumentTooLong { bytes: bytes.len(), limit };
        return Err(BuildError::new(0, kind));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => BuildError::new(0, ReadErrorKind::Utf16),
        _ => BuildError::new(error.valid_up_to(), ReadErrorKind::Encoding),
    })?;
    let Read { value, tree, remarks } = parse(text, limits).map_err(|error| hint_at_template(text, error))?;
    if value.is_null() {
        return Ok((None, remarks));
    }
    let source = source(text, &value);
    Ok((Some(Document { index, value, source, range, tree }), remarks))
}

/// Reads the text of one document.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Read, BuildError> {
    if text.trim_start().starts_with('{')
        && let Some(read) = json::document(text, limits)
    {
        return read;
    }
    yaml::document(text, limits)
}

fn hint_at_template(text: &str, BuildError { at, kind }: BuildError) -> BuildError {
    let template = text.contains("{{");
    BuildError::new(at, if template { ReadErrorKind::Template(Box::new(kind)) } else { kind })
}

/// What a rendered document was made from.
fn source(text: &str, value: &Value) -> Option<String> {
    let head = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with(['#', '-', '%']));
    for line in head {
        if let Some(source) = line.strip_prefix("# Source:") {
            return Some(source.trim().to_owned());
        }
    }
    let origin = value.pointer("/metadata/annotations/config.kubernetes.io~1origin")?.as_str()?;
    let path = origin.lines().find_map(|line| line.strip_prefix("path:"));
    Some(path.unwrap_or(origin).trim().to_owned())
}

impl Document {
    /// Where the value of `path` stands, in bytes of the file; `None` when it is absent. For a block mapping or
    /// sequence that is from its first key or dash to the end of its last value.
    pub fn span(&self, path: &Path) -> Option<Range<usize>> {
        let node = self.tree.node(self.tree.find(path)?.node)?;
        Some(self.in_file(node.range()))
    }

    /// Where the text of the value of `path` stands: behind aliases, unlike [`span`](Document::span).
    pub fn text_span(&self, path: &Path) -> Option<Range<usize>> {
        let (node, _) = self.tree.behind_aliases(self.tree.find(path)?.node);
        Some(self.in_file(self.tree.node(node)?.range()))
    }

    /// Where the key of `path` stands, or the dash of an element; `None` when it is absent, or has neither.
    pub fn key_span(&self, path: &Path) -> Option<Range<usize>> {
        let node = self.tree.node(self.tree.find(path)?.node)?;
        Some(self.in_file(node.key_range())).filter(|range| !range.is_empty())
    }

    /// True when `path` is written somewhere else: the way to it leads through an alias or a merge key.
    pub fn is_shared(&self, path: &Path) -> bool {
        self.tree.reach(path).0.is_some_and(|found| {
            found.foreign || self.tree.node(found.node).is_some_and(|node| node.style == Style::Alias)
        })
    }

    /// What to point at when something is to be said about `path`, and the path that this is.
    ///
    /// That is the value when it is a scalar, else the key. What is absent is shown by the nearest thing around it
    /// that is there. An element of a sequence is shown by its field `name` or `kind`, or else by its first field; so is
    /// the document.
    pub fn nearest(&self, path: &Path) -> (Path, Range<usize>) {
        let (found, left) = self.tree.reach(path);
        let mut shown = path.clone();
        for _ in 0..left {
            shown = shown.parent().unwrap_or_default();
        }
        let range = found.and_then(|found| self.shown(found, left == 0)).unwrap_or_default();
        (shown, self.in_file(range))
    }

    fn shown(&self, found: Found, present: bool) -> Option<Range<usize>> {
        let node = self.tree.node(found.node)?;
        let scalar = matches!(node.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Alias);
        if present && scalar && node.start < node.end {
            return Some(node.range());
        }
        let named = !self.tree.name_of(node).is_empty();
        if named && node.key_start < node.key_end {
            return Some(node.key_range());
        }
        for telling in ["name", "kind"] {
            let field = self.tree.child(found, telling).filter(|field| !field.foreign);
            if let Some(field) = field.and_then(|field| self.tree.node(field.node))
                && matches!(field.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted)
            {
                return Some(field.key_range().start..field.range().end);
            }
        }
        let first = self.tree.children(found.node).next().map(|(_, child)| child);
        let end = first.map_or(node.range().end, |first| {
            if first.style.is_mapping() || first.style == Style::BlockSequence {
                first.key_range().end
            } else {
                first.range().end
            }
        });
        Some(node.range().start..end.max(node.range().start))
    }

    pub(crate) fn in_file(&self, range: Range<usize>) -> Range<usize> {
        self.range.start + range.start..self.range.start + range.end
    }
}
