//! A document's value and its tree of places, put together from whatever reads the text.

use std::collections::{HashMap, HashSet};

use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::error::ReadErrorKind;
use crate::limits::Limits;
use crate::position::Position;
use crate::scalar;
use crate::syntax::SyntaxError;
use crate::tree::{Key, Style, Tree};

/// What is wrong, and at which byte of the document. Of the place that the kind refers to, only the byte is known.
#[derive(Debug)]
pub(crate) struct BuildError {
    pub(crate) at: usize,
    pub(crate) kind: ReadErrorKind,
}

impl BuildError {
    pub(crate) fn new(at: usize, kind: ReadErrorKind) -> BuildError {
        BuildError { at, kind }
    }

    /// A breach of the grammar that has to do with another place.
    pub(crate) fn referring(at: usize, to: usize, error: impl FnOnce(Position) -> SyntaxError) -> BuildError {
        BuildError::new(at, ReadErrorKind::Syntax(error(Position { offset: to, ..Position::default() })))
    }
}

/// A document that could be read.
pub(crate) struct Read {
    pub(crate) value: Value,
    pub(crate) tree: Tree,
    /// What the decoder passes over in silence, and a person shouldn't.
    pub(crate) remarks: Vec<BuildError>,
}

/// Takes the values in the order of the text.
pub(crate) struct Builder<'l> {
    limits: &'l Limits,
    tree: Tree,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    /// How much aliases have copied so far.
    copied: usize,
    root: Option<Value>,
    remarks: Vec<BuildError>,
}

/// A mapping or sequence that isn't complete yet.
pub(crate) struct Frame {
    node: u32,
    anchor: usize,
    /// Where its last child ends.
    end: u32,
    /// How many levels there are below it, so far.
    height: usize,
    content: Content,
}

impl Frame {
    pub(crate) fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping { .. })
    }
}

enum Content {
    Mapping {
        fields: Map<String, Value>,
        key: Option<(String, Key)>,
        /// The names that came with a merge key.
        merged: HashSet<String>,
    },
    Sequence(Vec<Value>),
}

struct Anchor {
    node: u32,
    value: Value,
    /// What a copy costs.
    weight: usize,
    height: usize,
}

/// What a mapping or sequence is written like.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) mapping: bool,
    pub(crate) block: bool,
}

impl<'l> Builder<'l> {
    /// A builder for a text of so many bytes.
    pub(crate) fn new(limits: &'l Limits, bytes: usize) -> Builder<'l> {
        // A node for so many bytes is what manifests have.
        let tree = Tree::with_capacity(bytes / 24);
        Builder {
            limits,
            tree,
            frames: Vec::new(),
            anchors: HashMap::new(),
            copied: 0,
            root: None,
            remarks: Vec::new(),
        }
    }

    /// The whole document; null when there was nothing.
    pub(crate) fn finish(self) -> Read {
        Read { value: self.root.unwrap_or_default(), tree: self.tree, remarks: self.remarks }
    }

    /// Keeps what is to be said about the document though it can be read.
    pub(crate) fn remark(&mut self, remark: BuildError) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(remark);
        }
    }

    /// The mapping or sequence that isn't complete yet.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// Where the key stands whose value comes next; `None` in a sequence.
    pub(crate) fn pending_key(&self) -> Option<Key> {
        match self.frames.last() {
            Some(Frame { content: Content::Mapping { key: Some((_, key)), .. }, .. }) => Some(*key),
            _ => None,
        }
    }

    pub(crate) fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Mapping { key: None, .. }, .. }))
    }

    pub(crate) fn key(&mut self, name: String, merge: bool, start: usize, end: usize) {
        let (name_start, name_end) = self.tree.name(&name);
        let found = Key { start: narrow(start), end: narrow(end), name_start, name_end, merge };
        if let Some(Frame { content: Content::Mapping { key, .. }, .. }) = self.frames.last_mut() {
            *key = Some((name, found));
        }
    }

    /// A key with an anchor. Keys are no nodes of their own.
    pub(crate) fn keep_key(&mut self, anchor: usize, name: &str, at: usize) -> Result<(), BuildError> {
        self.keep(anchor, u32::MAX, &Value::from(name), 0, at)
    }

    /// A value that is neither a mapping nor a sequence.
    pub(crate) fn leaf(
        &mut self,
        key: Key,
        start: usize,
        end: usize,
        style: Style,
        value: Value,
        anchor: usize,
    ) -> Result<(), BuildError> {
        let node = self.tree.push(key, narrow(start)..narrow(end), style);
        self.keep(anchor, node, &value, 0, start)?;
        self.attach(value, node, end, 0)
    }

    /// Begins a mapping or a sequence.
    pub(crate) fn open(&mut self, key: Key, start: usize, shape: Shape, anchor: usize) -> Result<(), BuildError> {
        self.check_depth(1, start)?;
        let style = match (shape.mapping, shape.block) {
            (true, true) => Style::BlockMapping,
            (true, false) => Style::FlowMapping,
            (false, true) => Style::BlockSequence,
            (false, false) => Style::FlowSequence,
        };
        let node = self.tree.push(key, narrow(start)..narrow(start), style);
        let content = if shape.mapping {
            Content::Mapping { fields: Map::new(), key: None, merged: HashSet::new() }
        } else {
            Content::Sequence(Vec::new())
        };
        self.frames.push(Frame { node, anchor, end: narrow(start), height: 0, content });
        Ok(())
    }

    /// Ends the mapping or sequence, where its last child ends unless `end` is given.
    pub(crate) fn close(&mut self, end: Option<usize>) -> Result<(), BuildError> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let end = end.map_or(frame.end, narrow);
        self.tree.close(frame.node, end);
        let start = self.start_of(frame.node);
        let value = match frame.content {
            Content::Sequence(items) => Value::Array(items),
            Content::Mapping { fields, .. } => Value::Object(fields),
        };
        self.keep(frame.anchor, frame.node, &value, frame.height, start)?;
        self.attach(value, frame.node, end as usize, frame.height + 1)
    }

    /// An alias as a key.
    pub(crate) fn alias_key(&mut self, anchor: usize, start: usize, end: usize) -> Result<(), BuildError> {
        let (value, ..) = self.copy(anchor, start)?;
        let name = scalar::key_of(value).map_err(|kind| BuildError::new(start, kind))?;
        self.key(name, false, start, end);
        Ok(())
    }

    /// An alias as a value.
    pub(crate) fn alias(&mut self, key: Key, anchor: usize, start: usize, end: usize) -> Result<(), BuildError> {
        let (value, of, height) = self.copy(anchor, start)?;
        let node = self.tree.push(key, narrow(start)..narrow(end), Style::Alias);
        self.tree.alias(node, of);
        self.attach(value, node, end, height)
    }

    fn copy(&mut self, anchor: usize, at: usize) -> Result<(Value, u32, usize), BuildError> {
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(BuildError::new(at, ReadErrorKind::AliasOfItself));
        };
        self.copied = self.copied.saturating_add(target.weight);
        self.check_copied(at)?;
        self.check_depth(target.height, at)?;
        Ok((target.value.clone(), target.node, target.height))
    }

    /// Hangs a complete value, `height` levels high, where it belongs.
    fn attach(&mut self, value: Value, node: u32, end: usize, height: usize) -> Result<(), BuildError> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        frame.end = narrow(end);
        let frame_node = frame.node as usize;
        match &mut frame.content {
            Content::Sequence(items) => {
                frame.height = frame.height.max(height);
                items.push(value);
            }
            Content::Mapping { fields, key, merged } => {
                let Some((name, place)) = key.take() else { return Ok(()) };
                if place.merge {
                    if !is_mergeable(&value) {
                        return Err(BuildError::new(self.start_of(node), ReadErrorKind::MergeNotMapping));
                    }
                    // What is merged comes up to this level.
                    let gone = if value.is_array() { 2 } else { 1 };
                    frame.height = frame.height.max(height.saturating_sub(gone));
                    merge(fields, merged, value);
                    return Ok(());
                }
                frame.height = frame.height.max(height);
                match fields.entry(name) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(value);
                    }
                    // The last one counts. It may also override what was merged.
                    Entry::Occupied(mut occupied) => {
                        occupied.insert(value);
                        // Who repeats more keys than are reported isn't looked at again for each.
                        if !merged.remove(occupied.key()) && self.remarks.len() < MOST_REMARKS {
                            let name = occupied.key().clone();
                            let repeated = self.repeated(frame_node, name, place);
                            self.remark(repeated);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Says that a mapping has a key twice.
    fn repeated(&self, mapping: usize, key: String, place: Key) -> BuildError {
        let first = self.tree.children(mapping).find(|(_, node)| self.tree.name_of(node) == key);
        let offset = first.map_or(0, |(_, node)| node.key_start as usize);
        let first = Position { offset, ..Position::default() };
        BuildError::new(place.start as usize, ReadErrorKind::DuplicateKey { key, first })
    }

    /// Keeps an anchored value for its aliases. That is a copy too, and counts as one: anchors may be nested.
    fn keep(&mut self, anchor: usize, node: u32, value: &Value, height: usize, at: usize) -> Result<(), BuildError> {
        if anchor == 0 {
            return Ok(());
        }
        let weight = weight(value);
        self.copied = self.copied.saturating_add(weight);
        self.check_copied(at)?;
        self.anchors.insert(
            anchor,
            Anchor {
                node,
                value: value.clone(),
                weight,
                height: height + usize::from(value.is_object() || value.is_array()),
            },
        );
        Ok(())
    }

    fn check_copied(&self, at: usize) -> Result<(), BuildError> {
        let limit = self.limits.nodes_from_aliases;
        if self.copied > limit { Err(BuildError::new(at, ReadErrorKind::TooManyAliases { limit })) } else { Ok(()) }
    }

    fn check_depth(&self, height: usize, at: usize) -> Result<(), BuildError> {
        let limit = self.limits.depth;
        if self.frames.len() + height > limit {
            Err(BuildError::new(at, ReadErrorKind::TooDeep { limit }))
        } else {
            Ok(())
        }
    }

    fn start_of(&self, node: u32) -> usize {
        self.tree.node(node as usize).map_or(0, |node| node.start as usize)
    }
}

/// More of the same isn't reported.
const MOST_REMARKS: usize = 10;

pub(crate) fn narrow(at: usize) -> u32 {
    // A document is never longer: its length was checked.
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn is_mergeable(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().all(Value::is_object),
        _ => false,
    }
}

/// Adds fields, also in place of those that are there: this is what the decoder does, whatever YAML says. Of a list, the
/// first mapping counts most.
fn merge(fields: &mut Map<String, Value>, names: &mut HashSet<String>, value: Value) {
    match value {
        Value::Object(merged) => {
            for (key, value) in merged {
                names.insert(key.clone());
                fields.insert(key, value);
            }
        }
        Value::Array(items) => items.into_iter().rev().for_each(|item| merge(fields, names, item)),
        // Refused before.
        _ => {}
    }
}

/// What a copy of the value costs, in values.
fn weight(value: &Value) -> usize {
    const BYTES_A_VALUE: usize = 64;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + text.len() / BYTES_A_VALUE,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => {
            1 + fields.iter().map(|(key, value)| key.len() / BYTES_A_VALUE + weight(value)).sum::<usize>()
        }
    }
}
