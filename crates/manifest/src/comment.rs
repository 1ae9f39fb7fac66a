//! Comments that may say why a field is as it is.

use std::ops::Range;

use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use serde_json::Value;

use crate::document::Document;
use crate::edit::{renamed, steps};
use crate::tree::{Node, Style};

/// The first comment on something that `edits` of the object at `prefix` would change or take away: on its line, or right
/// above it. Fields that are only added have none. `text` is the file that `document` was read from; the range is in it.
///
/// Fields that are commented out explain nothing, nor does what stands above the document's first field.
pub fn explained(
    text: &str,
    document: &Document,
    prefix: &Path,
    object: &Value,
    edits: &[Edit],
) -> Option<Range<usize>> {
    let comments = Comments { text: text.get(document.range.clone())?, document };
    let changed = besides_renames(edits, object).flat_map(|edit| steps(edit, object)).filter_map(|step| match step {
        Edit::Set { at, .. } | Edit::Remove { at } => at.find(object).map(|_| at),
        Edit::Append { at, .. } => at.find(object).filter(|list| is_empty(list)).map(|_| at),
    });
    let ranges = changed.filter_map(|at| {
        let at = Path::parse(&[prefix.as_str(), at.as_str()].concat())?;
        let number = document.tree.find(&at)?.node;
        comments.on(number).or_else(|| comments.behind_brackets(&at, document.tree.node(number)?))
    });
    ranges.map(|range| document.in_file(range)).min_by_key(|range| range.start)
}

/// The edits that do more than give a field another name: that takes nothing away from what a comment explains.
fn besides_renames<'e>(edits: &'e [Edit], object: &'e Value) -> impl Iterator<Item = &'e Edit> {
    let mut rest = edits;
    std::iter::from_fn(move || {
        while renamed(rest, object).is_some() {
            rest = rest.get(2..).unwrap_or_default();
        }
        let (first, later) = rest.split_first()?;
        rest = later;
        Some(first)
    })
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

struct Comments<'d> {
    text: &'d str,
    document: &'d Document,
}

impl Comments<'_> {
    /// The comment on a value, or on something in it.
    fn on(&self, number: usize) -> Option<Range<usize>> {
        let node = self.document.tree.node(number)?;
        let own = self.above(number, node).or_else(|| self.beside(node));
        own.or_else(|| self.document.tree.children(number).find_map(|(child, _)| self.on(child)))
    }

    /// The comment behind the brackets that a value is in, on its line.
    fn behind_brackets(&self, at: &Path, node: &Node) -> Option<Range<usize>> {
        let tree = &self.document.tree;
        let around = std::iter::successors(at.parent(), Path::parent).map_while(|at| tree.node(tree.find(&at)?.node));
        let mut brackets = around.take_while(|around| around.style.is_flow());
        // A comment is looked for first: most lines have none, and may be long.
        let (around, comment) = brackets.find_map(|around| Some((around, self.beside(around)?)))?;
        let between = self.text.get(node.end as usize..around.end as usize)?;
        (!between.contains('\n')).then_some(comment)
    }

    /// The comments in the lines right above a value's key or dash.
    fn above(&self, number: usize, node: &Node) -> Option<Range<usize>> {
        let start = node.key_start.min(node.start) as usize;
        let before = self.text.get(..start)?.trim_end_matches(|c: char| c.is_whitespace() && c != '\n');
        let above = before.strip_suffix('\n')?;
        // Above the first field of all stands what is said of the whole document.
        if number <= 1 {
            return None;
        }
        let mut found = None;
        let mut end = above.len();
        for line in above.rsplit('\n') {
            let from = end - line.len();
            let comment = line.trim();
            if !comment.starts_with('#') {
                break;
            }
            if explains(comment) {
                found = Some(from + line.len() - line.trim_start().len()..from + line.trim_end().len());
            }
            end = from.saturating_sub(1);
        }
        found
    }

    /// The comment on the line of a value, or on that of its key.
    fn beside(&self, node: &Node) -> Option<Range<usize>> {
        let rest = |from: usize| {
            let rest = self.text.get(from..)?;
            let inside = rest.trim_start_matches([' ', '\t', ',', ']', '}', ':']);
            let start = from + rest.len() - inside.len();
            let comment = inside.starts_with('#').then(|| inside.lines().next())??;
            explains(comment).then(|| start..start + comment.trim_end().len())
        };
        let value = match node.style {
            Style::BlockScalar => {
                let header = self.text.get(node.range())?.lines().next()?;
                let sign = header.len() - header.trim_start_matches(|c| !matches!(c, ' ' | '\t' | '#')).len();
                rest(node.start as usize + sign)
            }
            _ => rest(node.end as usize),
        };
        value.or_else(|| rest(node.key_end as usize).filter(|_| node.key_start < node.key_end))
    }
}

/// True for a comment in words: neither a line of dashes nor a field or element that is commented out.
fn explains(comment: &str) -> bool {
    let comment = comment.trim_start_matches('#').trim();
    let mut words = comment.split_whitespace();
    let first = words.next().unwrap_or_default();
    let value = words.next().unwrap_or_default();
    let is_field = first.ends_with(':') && (words.next().is_none() || value.starts_with(['"', '\'', '[', '{', '#']));
    comment.contains(char::is_alphabetic) && !is_field && first != "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_explain() {
        for (comment, explaining) in [
            ("# needs 0, because it has no state", true),
            ("#one", true),
            ("# note: two are too many", true),
            ("# -------", false),
            ("#", false),
            ("# replicas: 3", false),
            ("# resources:", false),
            ("# args: [a, b]", false),
            ("# - --verbose", false),
        ] {
            assert_eq!(explains(comment), explaining, "{comment}");
        }
    }
}
