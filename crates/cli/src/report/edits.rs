//! Fixes as changes of the text.

use std::ops::Range;

use plimsoll_lint::check::Located;
use plimsoll_lint::manifests::Object;
use plimsoll_lint::masks::MASK;
use plimsoll_manifest::{Document, TextEdit, apply, edit, read_again};
use similar::{ChangeTag, TextDiff};

use super::Run;

/// A longer document's fixes are named, not shown: finding their lines takes its time for each of them.
const LONGEST_DOCUMENT: usize = 1 << 16;

/// What fixes change in the document of one object.
pub(super) struct Edits<'r> {
    text: &'r str,
    object: &'r Object,
    document: Document,
}

impl<'r> Edits<'r> {
    /// Reads the object's document again: its value has become the object.
    pub(super) fn of(run: &Run<'r>, object: usize) -> Option<Edits<'r>> {
        let object = run.manifests.objects.get(object)?;
        let manifest = run.manifests.files.get(object.file)?;
        let document = manifest.documents.get(object.document)?;
        if document.range.len() > LONGEST_DOCUMENT {
            return None;
        }
        let text = std::str::from_utf8(&manifest.source.text).ok()?;
        Some(Edits { text, object, document: read_again(text, document)? })
    }

    /// The changes that the finding's fix makes in the file; `None` when it has none, it can't be made in the text, or a
    /// credential was taken out of it.
    pub(super) fn made_by(&self, located: &Located) -> Option<Vec<TextEdit>> {
        let fix = located.finding.fix.as_ref()?;
        let edits = edit(self.text, &self.document, &self.object.prefix, &fix.edits).ok()?;
        (!edits.iter().any(|edit| edit.replacement.contains(MASK))).then_some(edits)
    }

    /// The lines that the finding's fix adds, when that is all it does.
    pub(super) fn added_lines(&self, located: &Located) -> Option<Vec<String>> {
        let edits = self.made_by(located)?;
        let range: Range<usize> = self.document.range.clone();
        let old = self.text.get(range.clone())?;
        let below = |edit: &TextEdit| {
            let start = edit.range.start.checked_sub(range.start)?;
            let end = edit.range.end.checked_sub(range.start)?;
            Some(TextEdit { range: start..end, replacement: edit.replacement.clone() })
        };
        let new = apply(old, &edits.iter().map(below).collect::<Option<Vec<_>>>()?).ok()?;
        let diff = TextDiff::from_lines(old, new.as_str());
        let mut added = Vec::new();
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Delete => return None,
                ChangeTag::Insert => added.push(change.value().trim_end_matches(['\r', '\n']).to_owned()),
                ChangeTag::Equal => {}
            }
        }
        (!added.is_empty()).then_some(added)
    }
}
