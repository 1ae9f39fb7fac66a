//! Where each value of a document stands: a flat list in the order of the text, which mirrors the value.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use plimsoll::json::path::Path;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    BlockMapping,
    BlockSequence,
    FlowMapping,
    FlowSequence,
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// After `|` or `>`.
    BlockScalar,
    /// Nothing is written: a null.
    Empty,
    /// `*name`
    Alias,
}

impl Style {
    pub(crate) fn is_mapping(self) -> bool {
        matches!(self, Style::BlockMapping | Style::FlowMapping)
    }

    pub(crate) fn is_collection(self) -> bool {
        matches!(self, Style::BlockMapping | Style::BlockSequence | Style::FlowMapping | Style::FlowSequence)
    }

    pub(crate) fn is_flow(self) -> bool {
        matches!(self, Style::FlowMapping | Style::FlowSequence)
    }
}

/// One value. Offsets are bytes from the start of the document: half the size of a `usize`, and there are many.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The key of a field, or the dash of an element of a block sequence; empty for other elements and the root.
    pub(crate) key_start: u32,
    pub(crate) key_end: u32,
    /// The key as a string, in `names`.
    name_start: u32,
    name_end: u32,
    /// The first node that isn't below this one.
    next: u32,
    /// For an alias, the node that it stands for.
    target: u32,
    pub(crate) style: Style,
    /// The key is `<<`.
    pub(crate) merge: bool,
    /// Some alias stands for this node.
    pub(crate) aliased: bool,
}

impl Node {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(crate) fn key_range(&self) -> Range<usize> {
        self.key_start as usize..self.key_end as usize
    }
}

/// Where a node's key is, as the reader finds it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Key {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) name_start: u32,
    pub(crate) name_end: u32,
    pub(crate) merge: bool,
}

impl Key {
    /// The place of an element, which has no name.
    pub(crate) fn at(start: u32, end: u32) -> Key {
        Key { start, end, ..Key::default() }
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number in the tree.
    pub(crate) node: usize,
    /// The way leads through an alias or a merge key: the text is also that of another field.
    pub(crate) foreign: bool,
    /// An alias stands for it or for something around it.
    pub(crate) aliased: bool,
}

/// All values of a document. The first one is the document's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    names: String,
    /// The children of long mappings, by their names, and of long sequences, in order.
    long: HashMap<u32, Vec<u32>>,
}

/// With so many children a look-up doesn't go through all of them.
const LONG: usize = 32;

impl Tree {
    pub(crate) fn with_capacity(nodes: usize) -> Tree {
        Tree { nodes: Vec::with_capacity(nodes), names: String::new(), long: HashMap::new() }
    }

    /// Keeps a key as a string, and says where.
    pub(crate) fn name(&mut self, name: &str) -> (u32, u32) {
        let start = self.names.len() as u32;
        self.names.push_str(name);
        (start, self.names.len() as u32)
    }

    pub(crate) fn push(&mut self, key: Key, range: Range<u32>, style: Style) -> u32 {
        let at = self.nodes.len() as u32;
        self.nodes.push(Node {
            start: range.start,
            end: range.end,
            key_start: key.start,
            key_end: key.end,
            name_start: key.name_start,
            name_end: key.name_end,
            // All that follows is below a mapping or sequence until it is closed.
            next: if style.is_collection() { u32::MAX } else { at + 1 },
            target: 0,
            style,
            merge: key.merge,
            aliased: false,
        });
        at
    }

    pub(crate) fn alias(&mut self, node: u32, target: u32) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.target = target;
        }
        if let Some(target) = self.nodes.get_mut(target as usize) {
            target.aliased = true;
        }
    }

    /// Ends a mapping or sequence: what was pushed since then is below it.
    pub(crate) fn close(&mut self, at: u32, end: u32) {
        let next = self.nodes.len() as u32;
        let Some(node) = self.nodes.get_mut(at as usize) else { return };
        node.end = end.max(node.start);
        node.next = next;
        let mapping = node.style.is_mapping();
        if self.children(at as usize).nth(LONG).is_some() {
            let mut children: Vec<u32> = self.children(at as usize).map(|(child, _)| child as u32).collect();
            if mapping {
                // Of equal names, the last one stays the last.
                children.sort_by(|one, other| self.name_at(*one).cmp(self.name_at(*other)));
            }
            self.long.insert(at, children);
        }
    }

    pub(crate) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    pub(crate) fn name_of(&self, node: &Node) -> &str {
        self.names.get(node.name_start as usize..node.name_end as usize).unwrap_or_default()
    }

    fn name_at(&self, at: u32) -> &str {
        self.node(at as usize).map_or("", |node| self.name_of(node))
    }

    /// The fields or elements of a node, merge keys among them.
    pub(crate) fn children(&self, parent: usize) -> impl Iterator<Item = (usize, &Node)> {
        let end = self.nodes.get(parent).map_or(0, |node| node.next as usize);
        let mut at = parent + 1;
        std::iter::from_fn(move || {
            #[cfg(test)]
            tests::VISITED.with(|visited| visited.set(visited.get() + 1));
            let node = self.nodes.get(at).filter(|_| at < end)?;
            let child = (at, node);
            at = node.next as usize;
            Some(child)
        })
    }

    /// What `path` leads to, if it is there.
    pub(crate) fn find(&self, path: &Path) -> Option<Found> {
        match self.reach(path) {
            (found, 0) => found,
            _ => None,
        }
    }

    /// Follows `path` as far as it leads: the last node, and how many segments are left.
    pub(crate) fn reach(&self, path: &Path) -> (Option<Found>, usize) {
        if self.nodes.is_empty() {
            return (None, path.segments().count());
        }
        let mut found = self.found(0, false, false);
        let mut segments = path.segments();
        while let Some(segment) = segments.next() {
            match self.child(found, &segment) {
                Some(child) => found = child,
                None => return (Some(found), 1 + segments.count()),
            }
        }
        (Some(found), 0)
    }

    /// The field or element `segment` of a node.
    pub(crate) fn child(&self, parent: Found, segment: &str) -> Option<Found> {
        let (at, through) = self.behind_aliases(parent.node);
        let foreign = parent.foreign || through;
        let node = self.nodes.get(at)?;
        if node.style.is_mapping() {
            return match self.own_field(at, segment) {
                Some(node) => Some(self.found(node, foreign, parent.aliased)),
                None => Some(self.found(self.merged_field(at, segment)?, true, parent.aliased)),
            };
        }
        let index: usize = segment.parse().ok()?;
        let node = match self.long.get(&(at as u32)) {
            Some(children) => *children.get(index)? as usize,
            None => self.children(at).nth(index)?.0,
        };
        Some(self.found(node, foreign, parent.aliased))
    }

    fn found(&self, node: usize, foreign: bool, aliased: bool) -> Found {
        Found { node, foreign, aliased: aliased || self.nodes.get(node).is_some_and(|node| node.aliased) }
    }

    /// The node that an alias stands for in the end.
    pub(crate) fn behind_aliases(&self, mut at: usize) -> (usize, bool) {
        let mut through = false;
        // Aliases stand after what they stand for, so this ends.
        while let Some(node) = self.nodes.get(at).filter(|node| node.style == Style::Alias) {
            at = node.target as usize;
            through = true;
        }
        (at, through)
    }

    fn own_field(&self, mapping: usize, name: &str) -> Option<usize> {
        // Of two with one name, the last one counts.
        if let Some(children) = self.long.get(&(mapping as u32)) {
            let end = children.partition_point(|child| self.name_at(*child) <= name);
            let mut equal = children.get(..end)?.iter().rev().take_while(|child| self.name_at(**child) == name);
            return equal
                .find(|child| self.node(**child as usize).is_some_and(|node| !node.merge))
                .map(|at| *at as usize);
        }
        self.children(mapping).filter(|(_, node)| !node.merge && self.name_of(node) == name).last().map(|(at, _)| at)
    }

    /// A field that a mapping has from its merge keys. Merged mappings may be shared any number of times: each is
    /// looked at once.
    fn merged_field(&self, mapping: usize, name: &str) -> Option<usize> {
        let mut seen = BTreeSet::new();
        let mut waiting = self.merged(mapping);
        while let Some(at) = waiting.pop() {
            let (at, _) = self.behind_aliases(at);
            if !seen.insert(at) {
                continue;
            }
            let node = self.nodes.get(at)?;
            if node.style.is_mapping() {
                if let Some(found) = self.own_field(at, name) {
                    return Some(found);
                }
                waiting.extend(self.merged(at));
            } else {
                let start = waiting.len();
                waiting.extend(self.children(at).map(|(at, _)| at));
                if let Some(added) = waiting.get_mut(start..) {
                    added.reverse();
                }
            }
        }
        None
    }

    /// The values of a mapping's merge keys, the strongest last.
    fn merged(&self, mapping: usize) -> Vec<usize> {
        let mut merged: Vec<usize> = self.children(mapping).filter(|(_, node)| node.merge).map(|(at, _)| at).collect();
        merged.reverse();
        merged
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::document::read;
    use crate::limits::Limits;

    thread_local! {
        /// How many children the thread has gone through.
        pub(super) static VISITED: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn a_look_up_does_not_go_through_all_children() {
        let items: Vec<String> = (0..20_000).map(|at| format!("{{\"name\":\"n{at}\",\"k{at}\":1}}")).collect();
        let keys: Vec<String> = (0..20_000).map(|at| format!("\"key-{at}\":{at}")).collect();
        let text = format!("{{\"items\":[{}],\"data\":{{{},\"key-7\":\"last\"}}}}", items.join(","), keys.join(","));
        let file = read(text.as_bytes(), &Limits::default());
        let document = file.documents.first().unwrap();
        let before = VISITED.with(Cell::get);
        for at in (0..20_000).filter(|at| *at != 7) {
            let name = Path::ROOT.key("items").index(at).key("name");
            assert_eq!(text.get(document.span(&name).unwrap()), Some(format!("\"n{at}\"").as_str()));
            let key = Path::ROOT.key("data").key(&format!("key-{at}"));
            assert_eq!(text.get(document.span(&key).unwrap()), Some(at.to_string().as_str()));
        }
        let last = document.span(&Path::ROOT.key("data").key("key-7")).unwrap();
        assert_eq!(text.get(last), Some("\"last\""));
        assert_eq!(document.span(&Path::ROOT.key("items").index(20_000)), None);
        assert_eq!(document.span(&Path::ROOT.key("data").key("key")), None);
        let visited = VISITED.with(Cell::get) - before;
        assert!(visited < 20_000 * 20, "{visited} children");
    }
}
