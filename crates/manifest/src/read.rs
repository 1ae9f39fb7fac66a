//! One document: the parser's events to a value and its tree of places.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::error::ReadErrorKind;
use crate::limits::Limits;
use crate::position::is_continuation;
use crate::scalar;
use crate::tree::{Key, Style, Tree};

/// What is wrong, and at which byte of the document.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) cause: Cause,
}

#[derive(Debug)]
pub(crate) enum Cause {
    Kind(ReadErrorKind),
    /// The key, and the byte where it stands first.
    Duplicate(String, usize),
}

impl Fault {
    fn new(at: usize, kind: ReadErrorKind) -> Fault {
        Fault { at, cause: Cause::Kind(kind) }
    }
}

/// Reads one document, which must be no longer than `u32::MAX` bytes.
pub(crate) fn document(text: &str, limits: &Limits) -> Result<(Value, Tree), Fault> {
    let mut reader = Reader {
        text,
        limits,
        chars: Chars::new(text),
        tree: Tree::with_capacity(text.len() / 24),
        frames: Vec::new(),
        anchors: HashMap::new(),
        copied: 0,
        root: None,
    };
    let mut parser = Parser::new_from_str(text);
    reader.run(&mut parser)?;
    Ok((reader.root.unwrap_or_default(), reader.tree))
}

struct Reader<'t, 'l> {
    text: &'t str,
    limits: &'l Limits,
    chars: Chars<'t>,
    tree: Tree,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    /// How much aliases have copied so far.
    copied: usize,
    root: Option<Value>,
}

/// A mapping or sequence that isn't complete yet.
struct Frame {
    node: u32,
    anchor: usize,
    block: bool,
    /// Where its last child ends.
    end: u32,
    /// How many levels there are below it, so far.
    height: usize,
    content: Content,
}

enum Content {
    Mapping { fields: Map<String, Value>, key: Option<(String, Key)>, merged: Vec<Value> },
    Sequence(Vec<Value>),
}

struct Anchor {
    node: u32,
    value: Value,
    /// What a copy costs.
    weight: usize,
    height: usize,
}

impl<'t> Reader<'t, '_> {
    fn run(&mut self, parser: &mut Parser<'t, StrInput<'t>>) -> Result<(), Fault> {
        let mut ended = false;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), span)?;
                }
                Event::MappingStart(anchor, _) => self.open(anchor, span, true)?,
                Event::SequenceStart(anchor, _) => self.open(anchor, span, false)?,
                Event::MappingEnd | Event::SequenceEnd => self.close(span)?,
                Event::Alias(anchor) => self.alias(anchor, span)?,
                Event::DocumentStart(_) if ended => {
                    return Err(Fault::new(self.chars.byte(span.start.index()), ReadErrorKind::AfterEnd));
                }
                Event::DocumentEnd => ended = true,
                Event::StreamEnd => break,
                Event::DocumentStart(_) | Event::StreamStart | Event::Nothing => {}
            }
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Fault> {
        let plain = style == ScalarStyle::Plain;
        let empty = plain && text.is_empty() && tag.is_none() && anchor == 0;
        let (mut start, mut end) = self.range(span);
        if self.expects_key() {
            if !plain {
                end = self.quoted_end(start, end);
            }
            let name = scalar::key(text, plain, tag).map_err(|kind| Fault::new(start, kind))?;
            let merge = plain && text == "<<" && tag.is_none_or(|tag| tag.suffix == "merge");
            if anchor != 0 {
                // Keys are no nodes of their own.
                self.keep(anchor, u32::MAX, &Value::from(name.as_str()), 0, start)?;
            }
            self.key(name, merge, start, end);
            return Ok(());
        }
        let (key, written) = self.place(start);
        let style = if empty { Style::Empty } else { style_of(style) };
        match style {
            Style::Empty => (start, end) = (written, written),
            // The parser's span leaves the header out and takes in the blank lines that follow.
            Style::BlockScalar => {
                start = self.skip_blank(written).min(start);
                end = start + self.text.get(start..end).unwrap_or_default().trim_end().len();
            }
            Style::SingleQuoted | Style::DoubleQuoted => end = self.quoted_end(start, end),
            _ => {}
        }
        let value = scalar::resolve(text, plain, tag).map_err(|kind| Fault::new(start, kind))?;
        let node = self.tree.push(key, narrow(start)..narrow(end), style);
        self.keep(anchor, node, &value, 0, start)?;
        self.attach(value, node, end, 0)
    }

    fn open(&mut self, anchor: usize, span: Span, mapping: bool) -> Result<(), Fault> {
        let (mut start, end) = self.range(span);
        if self.expects_key() {
            return Err(Fault::new(start, ReadErrorKind::KeyNotScalar));
        }
        self.check_depth(0, start)?;
        let (key, written) = self.place(start);
        // A flow collection starts with its bracket, after its anchor and tag if it has any.
        let block = !self.text.get(start..end).unwrap_or_default().ends_with(['{', '[']);
        if block && !mapping && !self.frames.is_empty() {
            // The parser's span begins after the first dash when that isn't indented.
            start = self.skip_blank(written).min(start);
        }
        let style = match (mapping, block) {
            (true, true) => Style::BlockMapping,
            (true, false) => Style::FlowMapping,
            (false, true) => Style::BlockSequence,
            (false, false) => Style::FlowSequence,
        };
        let node = self.tree.push(key, narrow(start)..narrow(end), style);
        let content = if mapping {
            Content::Mapping { fields: Map::new(), key: None, merged: Vec::new() }
        } else {
            Content::Sequence(Vec::new())
        };
        self.frames.push(Frame { node, anchor, block, end: narrow(start), height: 0, content });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        // The parser sees the end of a block only where something else begins.
        let end = if frame.block { frame.end } else { narrow(self.range(span).1) };
        self.tree.close(frame.node, end);
        let value = match frame.content {
            Content::Sequence(items) => Value::Array(items),
            Content::Mapping { mut fields, merged, .. } => {
                for value in merged {
                    merge(&mut fields, value).map_err(|kind| Fault::new(self.start_of(frame.node), kind))?;
                }
                Value::Object(fields)
            }
        };
        let start = self.start_of(frame.node);
        self.keep(frame.anchor, frame.node, &value, frame.height, start)?;
        self.attach(value, frame.node, end as usize, frame.height + 1)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        let (start, end) = self.range(span);
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(Fault::new(start, ReadErrorKind::AliasOfItself));
        };
        let (of, weight, height) = (target.node, target.weight, target.height);
        self.copied = self.copied.saturating_add(weight);
        self.check_copied(start)?;
        self.check_depth(height, start)?;
        let Some(value) = self.anchors.get(&anchor).map(|target| target.value.clone()) else { return Ok(()) };
        if self.expects_key() {
            let name = scalar::key_of(value).map_err(|kind| Fault::new(start, kind))?;
            self.key(name, false, start, end);
            return Ok(());
        }
        let (key, _) = self.place(start);
        let node = self.tree.push(key, narrow(start)..narrow(end), Style::Alias);
        self.tree.alias(node, of);
        self.attach(value, node, end, height)
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Mapping { key: None, .. }, .. }))
    }

    fn key(&mut self, name: String, merge: bool, start: usize, end: usize) {
        let (name_start, name_end) = self.tree.name(&name);
        let found = Key { start: narrow(start), end: narrow(end), name_start, name_end, merge };
        if let Some(Frame { content: Content::Mapping { key, .. }, .. }) = self.frames.last_mut() {
            *key = Some((name, found));
        }
    }

    /// What leads to the next value, and the byte after its colon or dash. `start` is where the parser sees the value.
    fn place(&self, start: usize) -> (Key, usize) {
        match self.frames.last() {
            None => (Key::default(), start),
            Some(Frame { content: Content::Mapping { key, .. }, .. }) => {
                let key = key.as_ref().map(|(_, key)| *key).unwrap_or_default();
                let end = key.end as usize;
                (key, self.skip_to(end, b':').map_or(end, |colon| colon + 1))
            }
            Some(Frame { block: true, end, .. }) => match self.skip_to(*end as usize, b'-') {
                Some(dash) => (Key { start: narrow(dash), end: narrow(dash + 1), ..Key::default() }, dash + 1),
                None => (Key { start: narrow(start), end: narrow(start), ..Key::default() }, start),
            },
            Some(Frame { block: false, .. }) => {
                (Key { start: narrow(start), end: narrow(start), ..Key::default() }, start)
            }
        }
    }

    /// Hangs a complete value, `height` levels high, where it belongs.
    fn attach(&mut self, value: Value, node: u32, end: usize, height: usize) -> Result<(), Fault> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        frame.end = narrow(end);
        match &mut frame.content {
            Content::Sequence(items) => {
                frame.height = frame.height.max(height);
                items.push(value);
            }
            Content::Mapping { fields, key, merged } => {
                let Some((name, place)) = key.take() else { return Ok(()) };
                if place.merge {
                    if !is_mergeable(&value) {
                        return Err(Fault::new(self.start_of(node), ReadErrorKind::MergeNotMapping));
                    }
                    // What is merged comes up to this level.
                    let gone = if value.is_array() { 2 } else { 1 };
                    frame.height = frame.height.max(height.saturating_sub(gone));
                    merged.push(value);
                    return Ok(());
                }
                frame.height = frame.height.max(height);
                match fields.entry(name) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(value);
                    }
                    Entry::Occupied(occupied) => {
                        let name = occupied.key().clone();
                        let mapping = frame.node as usize;
                        let first = self.tree.children(mapping).find(|(_, node)| self.tree.name_of(node) == name);
                        let first = first.map_or(0, |(_, node)| node.key_start as usize);
                        return Err(Fault { at: place.start as usize, cause: Cause::Duplicate(name, first) });
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps an anchored value for its aliases. That is a copy too, and counts as one: anchors may be nested.
    fn keep(&mut self, anchor: usize, node: u32, value: &Value, height: usize, at: usize) -> Result<(), Fault> {
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

    fn check_copied(&self, at: usize) -> Result<(), Fault> {
        let limit = self.limits.nodes_from_aliases;
        if self.copied > limit { Err(Fault::new(at, ReadErrorKind::TooManyAliases { limit })) } else { Ok(()) }
    }

    fn check_depth(&self, height: usize, at: usize) -> Result<(), Fault> {
        let limit = self.limits.depth;
        if self.frames.len() + height >= limit { Err(Fault::new(at, ReadErrorKind::TooDeep { limit })) } else { Ok(()) }
    }

    fn start_of(&self, node: u32) -> usize {
        self.tree.node(node as usize).map_or(0, |node| node.start as usize)
    }

    fn range(&mut self, span: Span) -> (usize, usize) {
        let start = self.chars.byte(span.start.index());
        (start, self.chars.byte(span.end.index()).max(start))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next byte that is neither blank nor in a comment.
    fn skip_blank(&self, mut at: usize) -> usize {
        while let Some(byte) = self.byte(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => {
                    let rest = self.text.as_bytes().get(at..).unwrap_or_default();
                    at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                _ => break,
            }
        }
        at
    }

    /// The indicator that comes next from `from`, passing over blanks and comments.
    fn skip_to(&self, from: usize, indicator: u8) -> Option<usize> {
        let at = self.skip_blank(from);
        (self.byte(at) == Some(indicator)).then_some(at)
    }

    /// Where a quoted scalar ends: the parser's span takes in the blanks and the comment that follow.
    fn quoted_end(&self, start: usize, end: usize) -> usize {
        let mut at = start;
        while let Some(b'&' | b'!') = self.byte(at) {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            at = self.skip_blank(at + rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len()));
        }
        let Some(quote) = self.byte(at) else { return end };
        at += 1;
        while at < end {
            match self.byte(at) {
                Some(b'\\') if quote == b'"' => at += 1,
                Some(byte) if byte == quote && quote == b'\'' && self.byte(at + 1) == Some(quote) => at += 1,
                Some(byte) if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        end
    }

    /// The parser's complaint, at the last thing written before the place when that is only where it noticed.
    fn syntax(&mut self, error: &ScanError) -> Fault {
        let mut at = self.chars.byte(error.marker().index()).min(self.text.len());
        let message = error.info();
        if message.contains("simple key expect") {
            let before = self.text.get(..at).unwrap_or_default().trim_end();
            at = before.rfind('\n').map_or(0, |line| line + 1);
            at += self.text.get(at..).map_or(0, |line| line.len() - line.trim_start().len());
            return Fault::new(
                at,
                ReadErrorKind::Syntax("this is no `key: value`: there is no colon after the key".to_owned()),
            );
        }
        if message == "recursion limit exceeded" {
            // The parser's own, which a higher limit of ours doesn't lift.
            let limit = self.limits.depth.min(PARSER_DEPTH);
            return Fault::new(at, ReadErrorKind::TooDeep { limit });
        }
        if at == self.text.len() {
            at = self.text.trim_end().len();
        }
        Fault::new(at, ReadErrorKind::Syntax(message.to_owned()))
    }
}

/// How deep the parser follows flow collections.
const PARSER_DEPTH: usize = 255;

fn narrow(at: usize) -> u32 {
    // A document is never longer: its length was checked.
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::BlockScalar,
    }
}

fn is_mergeable(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().all(Value::is_object),
        _ => false,
    }
}

/// Adds what isn't there yet.
fn merge(fields: &mut Map<String, Value>, value: Value) -> Result<(), ReadErrorKind> {
    match value {
        Value::Object(merged) => {
            for (key, value) in merged {
                fields.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge(fields, item)),
        _ => Err(ReadErrorKind::MergeNotMapping),
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

/// The parser counts characters, everything else here counts bytes.
struct Chars<'t> {
    text: &'t [u8],
    ascii: bool,
    /// A character and its byte: the last place asked for. The next one is never far away.
    last: (usize, usize),
}

impl<'t> Chars<'t> {
    fn new(text: &'t str) -> Chars<'t> {
        Chars { text: text.as_bytes(), ascii: text.is_ascii(), last: (0, 0) }
    }

    fn byte(&mut self, index: usize) -> usize {
        if self.ascii {
            return index.min(self.text.len());
        }
        let (mut chars, mut byte) = self.last;
        while chars < index && byte < self.text.len() {
            byte += 1;
            while self.text.get(byte).is_some_and(|byte| is_continuation(*byte)) {
                byte += 1;
            }
            chars += 1;
        }
        while chars > index {
            byte -= 1;
            while self.text.get(byte).is_some_and(|byte| is_continuation(*byte)) {
                byte -= 1;
            }
            chars -= 1;
        }
        self.last = (chars, byte);
        byte
    }
}
