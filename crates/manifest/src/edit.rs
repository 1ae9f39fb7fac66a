//! Edits of an object as edits of its text.

use std::borrow::Cow;

use plimsoll::fix::{Edit, Fix};
use plimsoll::path::Path;
use serde_json::Value;

use crate::change::Change;
use crate::document::{Document, parse, read_one};
use crate::limits::Limits;
use crate::patch::{self, Pieces, TextEdit};
use crate::refused::EditRefused;
use crate::split;
use crate::tree::Tree;

/// Makes a fix of the object at `prefix` of the `document_index`th document of a file (see
/// [`Document::index`]), and gives the whole file's new text.
///
/// # Errors
/// When it cannot be made in the text; see [`edit`].
pub fn apply_fix(text: &str, document_index: usize, prefix: &Path, fix: &Fix) -> Result<String, EditRefused> {
    let missing = EditRefused::NoDocument { index: document_index };
    let range = split::documents(text.as_bytes()).into_iter().nth(document_index).ok_or(missing.clone())?;
    let limits = Limits { document_bytes: usize::MAX, ..Limits::default() };
    let document = read_one(text.as_bytes(), document_index, range, &limits).ok().flatten().ok_or(missing)?;
    let edits = edit(text, &document, prefix, &fix.edits)?;
    patch::apply(text, &edits).map_err(|_| EditRefused::WouldChange { at: prefix.clone() })
}

/// How `text`, the file that `document` was read from, is to be changed so that the object at `prefix` is as `edits`
/// make it. The edits are made in their order, each on the result of the one before. Comments, order, quoting and
/// line ends of everything else stay as they are.
///
/// The result has been read again: it says exactly what the edits say, and nothing else has changed.
///
/// # Errors
/// When one of the edits cannot be made in the text; then none is.
pub fn edit(text: &str, document: &Document, prefix: &Path, edits: &[Edit]) -> Result<Vec<TextEdit>, EditRefused> {
    let stale = || EditRefused::NoDocument { index: document.index };
    let original = text.get(document.range.clone()).ok_or_else(stale)?;
    let last = document.range.end == text.len();
    let mut state =
        State { text: Cow::Borrowed(original), value: document.value.clone(), tree: Cow::Borrowed(&document.tree) };
    let mut pieces = Pieces::new(original.len());
    for edit in edits {
        let edit = below(prefix, edit)?;
        let at = edit.at();
        if original.contains("{{") {
            return Err(EditRefused::Template { at: at.clone() });
        }
        let mut wanted = state.value.clone();
        edit.apply(&mut wanted)?;
        for step in steps(&edit, &state.value) {
            state.make(&step, &mut pieces, last)?;
        }
        if state.value != wanted {
            return Err(EditRefused::WouldChange { at: at.clone() });
        }
    }
    Ok(pieces.into_edits(document.range.start, original.len()))
}

/// The edit as one of the whole document.
fn below(prefix: &Path, edit: &Edit) -> Result<Edit, EditRefused> {
    let joined = |at: &Path| {
        let pointer = format!("{}{}", prefix.as_str(), at.as_str());
        Path::parse(&pointer).ok_or(EditRefused::NoPlace { at: at.clone() })
    };
    Ok(match edit {
        Edit::Set { at, value } => Edit::Set { at: joined(at)?, value: value.clone() },
        Edit::Append { at, value } => Edit::Append { at: joined(at)?, value: value.clone() },
        // An object cannot be taken away from around its fields.
        Edit::Remove { at } if at.is_root() => return Err(EditRefused::NoPlace { at: prefix.clone() }),
        Edit::Remove { at } => Edit::Remove { at: joined(at)? },
    })
}

/// The same edit in small steps, so that what is within a mapping or sequence stays as it is written where it can.
fn steps(edit: &Edit, object: &Value) -> Vec<Edit> {
    let mut steps = Vec::new();
    match edit {
        Edit::Set { at, value } => match at.find(object) {
            Some(old) => difference(at, old, value, &mut steps),
            None => steps.push(edit.clone()),
        },
        Edit::Append { at, value } if at.find(object).is_none_or(Value::is_null) => {
            steps.push(Edit::Set { at: at.clone(), value: Value::Array(vec![value.clone()]) });
        }
        Edit::Append { .. } | Edit::Remove { .. } => steps.push(edit.clone()),
    }
    steps
}

/// What makes `new` of `old`. Recursion ends: values are never deeper than a document may be.
fn difference(at: &Path, old: &Value, new: &Value, steps: &mut Vec<Edit>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) if !old.is_empty() && !new.is_empty() => {
            for (key, value) in new {
                match old.get(key) {
                    Some(old) => difference(&at.key(key), old, value, steps),
                    None => steps.push(Edit::Set { at: at.key(key), value: value.clone() }),
                }
            }
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            steps.extend(gone.map(|key| Edit::Remove { at: at.key(key) }));
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && old.len() <= new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                difference(&at.index(index), old, new, steps);
            }
            let added = new.iter().skip(old.len());
            steps.extend(added.map(|value| Edit::Append { at: at.clone(), value: value.clone() }));
        }
        (_, new) => steps.push(Edit::Set { at: at.clone(), value: new.clone() }),
    }
}

/// A document on its way.
struct State<'t> {
    text: Cow<'t, str>,
    value: Value,
    tree: Cow<'t, Tree>,
}

impl State<'_> {
    /// Makes one step and reads the result. `last` says that the document is the last one of its file.
    fn make(&mut self, step: &Edit, pieces: &mut Pieces, last: bool) -> Result<(), EditRefused> {
        let mut wanted = self.value.clone();
        step.apply(&mut wanted)?;
        if wanted == self.value {
            return Ok(());
        }
        let edits = Change::new(&self.text, &self.tree).plan(step)?;
        let would_change = || EditRefused::WouldChange { at: step.at().clone() };
        let text = patch::apply(&self.text, &edits).map_err(|_| would_change())?;
        let documents = split::documents(text.as_bytes());
        let whole = matches!(documents.as_slice(), [range] if *range == (0..text.len()));
        if !whole || !(last || !self.text.ends_with('\n') || text.ends_with('\n')) {
            return Err(would_change());
        }
        let (value, tree) = parse(&text, &Limits::default()).map_err(|_| would_change())?;
        if value != wanted {
            return Err(would_change());
        }
        // From the back, so that what is still to be done keeps its place.
        let mut sorted: Vec<&TextEdit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
        for edit in sorted.into_iter().rev() {
            pieces.edit(edit);
        }
        (self.text, self.value, self.tree) = (Cow::Owned(text), value, Cow::Owned(tree));
        Ok(())
    }
}
