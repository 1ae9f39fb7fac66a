//! Fixes of what a comment may explain.

use plimsoll::policy::fix::{Applicability, Fix};

use crate::manifests::{Manifests, Object};
use crate::places::Places;

/// The line of the first comment on what a fix changes or takes away.
pub(crate) fn line(manifests: &Manifests, places: &Places<'_>, object: &Object, fix: &Fix) -> Option<usize> {
    let text = places.text(object.file)?;
    let document = manifests.files.get(object.file)?.documents.get(object.document)?;
    let comment = plimsoll_manifest::explained(text, document, &object.prefix, &object.value, &fix.edits)?;
    Some(places.lines(object.file)?.position(comment.start).line)
}

/// A safe fix of what a comment explains isn't safe: somebody has decided.
pub(crate) fn weigh(manifests: &Manifests, places: &Places<'_>, object: &Object, fix: &mut Fix) {
    if fix.applicability == Applicability::Safe
        && let Some(line) = line(manifests, places, object, fix)
    {
        fix.applicability = Applicability::Unsafe;
        fix.title.push_str(&format!(", against the comment on line {line}"));
    }
}
