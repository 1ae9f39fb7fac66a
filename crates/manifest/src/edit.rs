//! Edits of an object as edits of its text.

use std::borrow::Cow;
use std::collections::HashSet;

use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policy::fix::Fix;
use serde_json::Value;

use crate::build::Read;
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
    let read = read_one(text.as_bytes(), document_index, range, &limits).ok();
    let document = read.and_then(|(document, _)| document).ok_or(missing)?;
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
    let below: Vec<Edit> = edits.iter().map(|edit| below(prefix, edit)).collect::<Result<_, _>>()?;
    let object = prefix.find(&document.value);
    if let Some(first) = below.first().filter(|_| object.is_some_and(is_patch)) {
        return Err(EditRefused::Patch { at: first.at().clone() });
    }
    let state = State {
        text: Cow::Borrowed(original),
        value: Cow::Borrowed(&document.value),
        tree: Cow::Borrowed(&document.tree),
        pieces: Pieces::new(original.len()),
        last: document.range.end == text.len(),
    };
    Ok(state.after(&below)?.pieces.into_edits(document.range.start, original.len()))
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

/// True when the object is a patch with directives, which says nothing about what it is applied to.
fn is_patch(value: &Value) -> bool {
    let directive = |key: &str| {
        ["$patch", "$retainKeys"].contains(&key)
            || key.starts_with("$deleteFromPrimitiveList/")
            || key.starts_with("$setElementOrder/")
    };
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| directive(key) || is_patch(value)),
        Value::Array(items) => items.iter().any(is_patch),
        _ => false,
    }
}

/// The same edit in small steps, so that what is within a mapping or sequence stays as it is written where it can.
pub(crate) fn steps(edit: &Edit, object: &Value) -> Vec<Edit> {
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

/// The paths of a field before and after the first two edits, if these give it another name and do nothing else.
pub(crate) fn renamed<'e>(edits: &'e [Edit], object: &Value) -> Option<(&'e Path, &'e Path)> {
    let [Edit::Remove { at }, Edit::Set { at: to, value }, ..] = edits else { return None };
    let parent = at.parent()?;
    let is_beside = to.parent().is_some_and(|other| other == parent) && parent.find(object)?.is_object();
    (is_beside && at.find(object) == Some(value) && to.find(object).is_none()).then_some((at, to))
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

/// The collection that an edit changes, or the value that it replaces. Whatever it does to the text is done there.
fn region(edit: &Edit, object: &Value) -> Path {
    let mut region = match edit {
        Edit::Set { at, .. } | Edit::Append { at, .. } => at.clone(),
        Edit::Remove { at } => at.parent().unwrap_or_default(),
    };
    while region.find(object).is_none() {
        let Some(parent) = region.parent() else { break };
        region = parent;
    }
    region
}

/// True when the object says already what the edit would make it say.
fn is_done(edit: &Edit, object: &Value) -> bool {
    match edit {
        Edit::Set { at, value } => at.find(object) == Some(value),
        Edit::Append { .. } => false,
        Edit::Remove { at } => at.find(object).is_none(),
    }
}

/// Regions of a document.
#[derive(Default)]
struct Regions {
    taken: HashSet<String>,
    /// Everything around those that are taken.
    around: HashSet<String>,
}

impl Regions {
    fn touch(&self, region: &Path) -> bool {
        let region = region.as_str();
        self.around.contains(region)
            || self.taken.contains(region)
            || around(region).any(|outer| self.taken.contains(outer))
    }

    fn take(&mut self, region: &Path) {
        for outer in around(region.as_str()) {
            // What is around an outer one is there already.
            if !self.around.insert(outer.to_owned()) {
                break;
            }
        }
        self.taken.insert(region.as_str().to_owned());
    }
}

/// The pointers to everything around what a pointer leads to, from the inside.
fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(outer(pointer), |pointer| outer(pointer))
}

fn outer(pointer: &str) -> Option<&str> {
    pointer.rfind('/').and_then(|slash| pointer.get(..slash))
}

/// A document on its way.
#[derive(Clone)]
struct State<'t> {
    text: Cow<'t, str>,
    value: Cow<'t, Value>,
    tree: Cow<'t, Tree>,
    /// How the text came of the first one.
    pieces: Pieces,
    /// It is the last document of its file.
    last: bool,
}

impl<'t> State<'t> {
    /// The document after these edits. Each reading of the text costs as much as the text is long, so edits that have
    /// nothing to do with each other are made in one; where the result isn't what they say, by halves, and in the end
    /// each for itself.
    fn after(self, edits: &[Edit]) -> Result<State<'t>, EditRefused> {
        // What gets another name keeps its place, its layout and its comments.
        let mut starts = 0..edits.len();
        let first = starts.find(|start| edits.get(*start..).is_some_and(|rest| renamed(rest, &self.value).is_some()));
        let Some((before, rest)) = first.and_then(|first| edits.split_at_checked(first)) else {
            return self.after_others(edits);
        };
        let Some((pair, later)) = rest.split_at_checked(2) else { return self.after_others(edits) };
        self.after_others(before)?.after_rename(pair)?.after(later)
    }

    fn after_rename(mut self, pair: &[Edit]) -> Result<State<'t>, EditRefused> {
        let Some((at, to)) = renamed(pair, &self.value) else { return self.after_others(pair) };
        let mut wanted = self.value.clone().into_owned();
        for edit in pair {
            edit.apply(&mut wanted)?;
        }
        let planned = Change::new(&self.text, &self.tree).rename(at, &to.last().unwrap_or_default())?;
        self.write(self.unless_template(vec![planned], at)?, &wanted, at)?;
        Ok(self)
    }

    fn after_others(self, edits: &[Edit]) -> Result<State<'t>, EditRefused> {
        match edits {
            [] => Ok(self),
            [edit] => self.after_one(edit),
            edits => match self.clone().after_together(edits) {
                Err(EditRefused::WouldChange { .. }) => {
                    let (first, second) = edits.split_at(edits.len() / 2);
                    self.after_others(first)?.after_others(second)
                }
                // What can't be written among others can't be written alone either.
                made_or_refused => made_or_refused,
            },
        }
    }

    fn after_one(mut self, edit: &Edit) -> Result<State<'t>, EditRefused> {
        let mut wanted = self.value.clone().into_owned();
        edit.apply(&mut wanted)?;
        for step in steps(edit, &self.value) {
            self.make(&[step])?;
        }
        if *self.value != wanted {
            return Err(EditRefused::WouldChange { at: edit.at().clone() });
        }
        Ok(self)
    }

    fn after_together(mut self, edits: &[Edit]) -> Result<State<'t>, EditRefused> {
        let mut wanted = self.value.clone().into_owned();
        for edit in edits {
            edit.apply(&mut wanted)?;
        }
        let mut waiting: Vec<Edit> = edits.to_vec();
        while !waiting.is_empty() {
            let (wave, later) = self.wave(waiting);
            self.make(&wave)?;
            waiting = later;
        }
        let at = edits.first().map(Edit::at).cloned().unwrap_or_default();
        if *self.value == wanted { Ok(self) } else { Err(EditRefused::WouldChange { at }) }
    }

    /// The steps that can be made now and together, and what has to be done after them. Edits that touch each other keep
    /// their order.
    fn wave(&self, edits: Vec<Edit>) -> (Vec<Edit>, Vec<Edit>) {
        let mut regions = Regions::default();
        let (mut wave, mut later) = (Vec::new(), Vec::new());
        for edit in edits {
            let whole = region(&edit, &self.value);
            if regions.touch(&whole) {
                regions.take(&whole);
                later.push(edit);
                continue;
            }
            for step in steps(&edit, &self.value).into_iter().filter(|step| !is_done(step, &self.value)) {
                let part = region(&step, &self.value);
                let list = if regions.touch(&part) { &mut later } else { &mut wave };
                list.push(step);
                regions.take(&part);
            }
        }
        (wave, later)
    }

    /// Makes steps that don't touch each other, and reads the result.
    fn make(&mut self, steps: &[Edit]) -> Result<(), EditRefused> {
        let mut wanted = self.value.clone().into_owned();
        for step in steps {
            step.apply(&mut wanted)?;
        }
        if wanted == *self.value {
            return Ok(());
        }
        let change = Change::new(&self.text, &self.tree);
        let mut edits = Vec::new();
        for step in steps {
            edits.extend(self.unless_template(change.plan(step)?, step.at())?);
        }
        let at = steps.first().map(Edit::at).cloned().unwrap_or_default();
        self.write(edits, &wanted, &at)
    }

    /// Edits of the text, unless they touch what another tool replaces.
    fn unless_template(&self, edits: Vec<TextEdit>, at: &Path) -> Result<Vec<TextEdit>, EditRefused> {
        let mut touched = edits.iter().filter_map(|edit| self.text.get(edit.range.clone()));
        if touched.any(|text| text.contains("{{")) {
            return Err(EditRefused::Template { at: at.clone() });
        }
        Ok(edits)
    }

    /// Makes edits of the text, and reads the result.
    fn write(&mut self, edits: Vec<TextEdit>, wanted: &Value, at: &Path) -> Result<(), EditRefused> {
        let would_change = || EditRefused::WouldChange { at: at.clone() };
        let text = patch::apply(&self.text, &edits).map_err(|_| would_change())?;
        let documents = split::documents(text.as_bytes());
        let whole = matches!(documents.as_slice(), [range] if *range == (0..text.len()));
        if !whole || !(self.last || !self.text.ends_with('\n') || text.ends_with('\n')) {
            return Err(would_change());
        }
        let Read { value, tree, remarks } = parse(&text, &Limits::default()).map_err(|_| would_change())?;
        if value != *wanted || !remarks.is_empty() {
            return Err(would_change());
        }
        self.pieces.make(&edits);
        (self.text, self.value, self.tree) = (Cow::Owned(text), Cow::Owned(value), Cow::Owned(tree));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(pointer: &str) -> Path {
        Path::parse(pointer).unwrap()
    }

    #[test]
    fn regions_touch_when_one_is_in_the_other() {
        let mut regions = Regions::default();
        for pointer in ["/a/b", "/a/c/0", "/ab"] {
            regions.take(&path(pointer));
        }
        for (pointer, touch) in [
            ("", true),
            ("/a", true),
            ("/a/b", true),
            ("/a/b/x/y", true),
            ("/a/bc", false),
            ("/a/c", true),
            ("/a/c/1", false),
            ("/abc", false),
        ] {
            assert_eq!(regions.touch(&path(pointer)), touch, "{pointer}");
        }
    }

    #[test]
    fn edits_of_many_objects_are_few_waves() {
        let items: String = (0..50).map(|_| "- a: {x: 1}\n  b:\n    c: 2\n").collect();
        let text = format!("items:\n{items}");
        let Read { value, tree, .. } = parse(&text, &Limits::default()).unwrap();
        let state = State {
            text: Cow::Borrowed(&text),
            value: Cow::Borrowed(&value),
            tree: Cow::Borrowed(&tree),
            pieces: Pieces::new(text.len()),
            last: true,
        };
        let edits: Vec<Edit> = (0..50)
            .flat_map(|item| {
                [("a/x", 3), ("b/d", 4), ("b/e", 5), ("f", 6)]
                    .map(|(rest, value)| Edit::Set { at: path(&format!("/items/{item}/{rest}")), value: value.into() })
            })
            .collect();
        let (mut waves, mut waiting) = (0, edits.clone());
        let mut now = state.clone();
        while !waiting.is_empty() {
            let (wave, later) = now.wave(waiting);
            now.make(&wave).unwrap();
            (waves, waiting) = (waves + 1, later);
        }
        assert_eq!(waves, 3);
        let alone = edits.iter().try_fold(state, |state, edit| state.after_one(edit)).unwrap();
        assert_eq!(now.text, alone.text);
    }
}
