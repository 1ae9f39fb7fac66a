//! YAML documents, read as libyaml and go-yaml read them: the grammar over the tokens.

mod bytes;
mod properties;
mod scalars;
mod scanner;

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use self::scanner::{Kind, Scanner, Token, error};
use crate::build::{BuildError, Builder, Read, Shape, narrow};
use crate::error::ReadErrorKind;
use crate::limits::Limits;
use crate::scalar;
use crate::syntax::SyntaxError;
use crate::tree::{Key, Style};

/// How deep this follows, whatever the limits say: each level is a call.
const DEEPEST: usize = 250;

/// Reads one document, which must be no longer than `u32::MAX` bytes.
pub(crate) fn document(text: &str, limits: &Limits) -> Result<Read, BuildError> {
    if let Some((at, character)) = bytes::forbidden(text) {
        return Err(error(at, SyntaxError::Control(character)));
    }
    // Like kubectl: the last line counts as ended.
    let ended =
        if text.is_empty() || text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let limits = Limits { depth: limits.depth.min(DEEPEST), ..*limits };
    let mut reader = Reader {
        text: &ended,
        scanner: Scanner::new(&ended),
        builder: Builder::new(&limits, text.len()),
        anchors: HashMap::new(),
        handles: HashMap::new(),
        brackets: Vec::new(),
        last: Last { kind: LastKind::Other, start: 0, end: 0 },
    };
    reader.document()?;
    Ok(reader.builder.finish())
}

type Done = Result<(), BuildError>;

struct Reader<'t, 'l> {
    text: &'t str,
    scanner: Scanner<'t>,
    builder: Builder<'l>,
    /// The numbers of the anchors so far, by name; the last of a name counts.
    anchors: HashMap<&'t str, usize>,
    /// What the handles of tags stand for.
    handles: HashMap<&'t str, Cow<'t, str>>,
    /// What is open, and where.
    brackets: Vec<(char, usize)>,
    last: Last,
}

/// What was read last, for what is said about that which follows.
#[derive(Clone, Copy)]
struct Last {
    kind: LastKind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum LastKind {
    Quoted,
    Bracket,
    Block,
    Other,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Spot {
    /// The place of an element; a field has its key's.
    key: Key,
    /// Where a value begins that isn't written: behind its colon or dash.
    behind: usize,
    /// Not within brackets.
    block: bool,
    /// A list may begin in the column of its key.
    field: bool,
}

impl Spot {
    /// A field, or the key of one.
    fn field(behind: usize, block: bool) -> Spot {
        Spot { key: Key::default(), behind, block, field: true }
    }

    /// An element behind a dash.
    fn element(dash: &Token<'_>) -> Spot {
        let key = Key::at(narrow(dash.start), narrow(dash.end));
        Spot { key, behind: dash.end, block: true, field: false }
    }

    /// An element within brackets.
    fn inside(at: usize) -> Spot {
        Spot { key: Key::at(narrow(at), narrow(at)), behind: at, block: false, field: false }
    }
}

/// What stands before a value.
#[derive(Default)]
struct Properties<'t> {
    /// From the first to the end of the last.
    place: Option<(usize, usize)>,
    anchor: usize,
    tag: Option<Cow<'t, str>>,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Done {
        let mut directives = false;
        self.handles.insert("!", Cow::Borrowed("!"));
        self.handles.insert("!!", Cow::Borrowed(scalar::CORE));
        while matches!(self.peek()?, Kind::Version | Kind::Handle(..)) {
            directives = true;
            if let Kind::Handle(handle, prefix) = self.scanner.take()?.kind {
                self.handles.insert(handle, prefix);
            }
        }
        let explicit = matches!(self.peek()?, Kind::DocumentStart);
        let mut behind = 0;
        if explicit {
            behind = self.scanner.take()?.end;
        } else if directives {
            return Err(error(self.start()?, SyntaxError::NoDocumentStart));
        }
        let empty = matches!(self.peek()?, Kind::StreamEnd)
            || explicit && matches!(self.peek()?, Kind::DocumentStart | Kind::DocumentEnd);
        let root = Spot { key: Key::default(), behind, block: true, field: false };
        if !empty {
            self.value(root)?;
        }
        // What is wrong right behind the document may be a part of it.
        self.peek()?;
        self.after_document();
        Ok(())
    }

    /// The decoder passes over all that follows in silence.
    fn after_document(&mut self) {
        let more = loop {
            match self.scanner.peek() {
                Ok(Token { kind: Kind::DocumentEnd, .. }) => {}
                Ok(Token { kind: Kind::StreamEnd, .. }) => return,
                Ok(token) => break token.start,
                Err(error) => break error.at,
            }
            if self.scanner.take().is_err() {
                return;
            }
        };
        self.builder.remark(BuildError::new(more, ReadErrorKind::AfterEnd));
    }

    fn value(&mut self, spot: Spot) -> Done {
        if let Kind::Alias(name) = self.peek()? {
            let name = *name;
            let token = self.scanner.take()?;
            let unknown = || BuildError::new(token.start, ReadErrorKind::AliasOfNothing);
            let anchor = *self.anchors.get(name).ok_or_else(unknown)?;
            self.read(LastKind::Other, token.start, token.end);
            return if self.builder.expects_key() {
                self.builder.alias_key(anchor, token.start, token.end)
            } else {
                self.builder.alias(self.key(spot), anchor, token.start, token.end)
            };
        }
        let properties = self.properties()?;
        let start = self.start()?;
        match self.peek()? {
            Kind::Scalar(..) => {
                let token = self.scanner.take()?;
                self.scalar(token, properties, spot)
            }
            Kind::Dash if spot.block && spot.field => self.open_list(properties, spot, false),
            Kind::FlowSequence => self.flow_sequence(properties, spot),
            Kind::FlowMapping => self.flow_mapping(properties, spot),
            Kind::BlockSequence if spot.block => self.open_list(properties, spot, true),
            Kind::BlockMapping if spot.block => self.block_mapping(properties, spot),
            _ => match properties.place {
                Some((start, end)) => {
                    let token = Token { start, end, kind: Kind::Scalar(Cow::Borrowed(""), Style::Plain) };
                    self.scalar(token, properties, spot)
                }
                None => Err(self.instead_of_value(start)?),
            },
        }
    }

    fn properties(&mut self) -> Result<Properties<'t>, BuildError> {
        let mut properties = Properties::default();
        loop {
            match self.peek()? {
                Kind::Anchor(_) if properties.anchor == 0 => {}
                Kind::Tag(..) if properties.tag.is_none() => {}
                _ => return Ok(properties),
            }
            let token = self.scanner.take()?;
            let start = properties.place.map_or(token.start, |(start, _)| start);
            properties.place = Some((start, token.end));
            match token.kind {
                Kind::Anchor(name) => {
                    properties.anchor = self.anchors.len() + 1;
                    self.anchors.insert(name, properties.anchor);
                }
                Kind::Tag(handle, rest) => properties.tag = Some(self.tag(token.start, handle, rest)?),
                _ => {}
            }
        }
    }

    fn tag(&self, at: usize, handle: &str, rest: Cow<'t, str>) -> Result<Cow<'t, str>, BuildError> {
        if handle.is_empty() {
            return Ok(rest);
        }
        let Some(prefix) = self.handles.get(handle) else {
            return Err(error(at, SyntaxError::TagHandle(handle.to_owned())));
        };
        Ok(Cow::Owned([prefix.as_ref(), rest.as_ref()].concat()))
    }

    fn scalar(&mut self, token: Token<'t>, properties: Properties<'t>, spot: Spot) -> Done {
        let Kind::Scalar(text, style) = token.kind else { return Ok(()) };
        let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
        self.read(if quoted { LastKind::Quoted } else { LastKind::Other }, token.start, token.end);
        let start = properties.place.map_or(token.start, |(start, _)| start);
        let (anchor, tag, plain) = (properties.anchor, properties.tag.as_deref(), style == Style::Plain);
        let wrong = |kind| BuildError::new(start, kind);
        if self.builder.expects_key() {
            let name = scalar::key(&text, plain, tag).map_err(wrong)?;
            self.builder.keep_key(anchor, &name, start)?;
            let merge = text == "<<"
                && if plain { tag.is_none_or(scalar::is_merge) } else { tag.is_some_and(scalar::is_merge) };
            self.builder.key(name, merge, start, token.end);
            return Ok(());
        }
        let value = scalar::resolve(&text, plain, tag).map_err(wrong)?;
        let end = if style == Style::BlockScalar {
            start + self.text.get(start..token.end).unwrap_or_default().trim_end().len()
        } else {
            token.end
        };
        self.builder.leaf(self.key(spot), start, end, style, value, anchor)
    }

    /// A value that isn't written.
    fn empty(&mut self, spot: Spot) -> Done {
        if self.builder.expects_key() {
            return Err(BuildError::new(spot.behind, ReadErrorKind::KeyNull));
        }
        self.builder.leaf(self.key(spot), spot.behind, spot.behind, Style::Empty, Value::Null, 0)
    }

    fn open(&mut self, start: usize, shape: Shape, properties: &Properties<'t>, spot: Spot) -> Done {
        let start = properties.place.map_or(start, |(start, _)| start);
        if self.builder.expects_key() {
            return Err(BuildError::new(start, ReadErrorKind::KeyNotScalar));
        }
        self.builder.open(self.key(spot), start, shape, properties.anchor)
    }

    /// A list of lines with dashes. `deeper` when it is indented more than its key and so a block of its own.
    fn open_list(&mut self, properties: Properties<'t>, spot: Spot, deeper: bool) -> Done {
        let start = if deeper { self.scanner.take()?.start } else { self.start()? };
        self.open(start, Shape { mapping: false, block: true }, &properties, spot)?;
        loop {
            match self.peek()? {
                Kind::Dash => {
                    let dash = self.scanner.take()?;
                    let spot = Spot::element(&dash);
                    let empty = match self.peek()? {
                        Kind::Dash | Kind::BlockEnd => true,
                        Kind::Key | Kind::Colon => !deeper,
                        _ => false,
                    };
                    if empty { self.empty(spot)? } else { self.value(spot)? }
                }
                Kind::BlockEnd if deeper => {
                    self.scanner.take()?;
                    break;
                }
                _ if !deeper => break,
                _ => return Err(self.instead(start, SyntaxError::NoDash)?),
            }
        }
        self.read(LastKind::Block, start, start);
        self.builder.close(None)
    }

    fn block_mapping(&mut self, properties: Properties<'t>, spot: Spot) -> Done {
        let first = self.scanner.take()?.start;
        self.open(first, Shape { mapping: true, block: true }, &properties, spot)?;
        loop {
            match self.peek()? {
                Kind::Key => {}
                Kind::BlockEnd => {
                    self.scanner.take()?;
                    self.read(LastKind::Block, first, first);
                    return self.builder.close(None);
                }
                Kind::Dash => return Err(error(self.start()?, SyntaxError::DashAmongKeys)),
                _ => return Err(self.instead(first, SyntaxError::NoKey)?),
            }
            let mut behind = self.scanner.take()?.end;
            let spot = Spot::field(behind, true);
            let missing = |kind: &Kind<'_>| matches!(kind, Kind::Key | Kind::Colon | Kind::BlockEnd);
            if missing(self.peek()?) {
                self.empty(spot)?
            } else {
                self.value(spot)?
            }
            behind = self.builder.pending_key().map_or(behind, |key| key.end as usize);
            let mut written = false;
            if let Kind::Colon = self.peek()? {
                behind = self.scanner.take()?.end;
                written = !missing(self.peek()?);
            }
            let spot = Spot::field(behind, true);
            if written { self.value(spot)? } else { self.empty(spot)? }
        }
    }

    fn flow_sequence(&mut self, properties: Properties<'t>, spot: Spot) -> Done {
        let opened = self.scanner.take()?.start;
        self.open(opened, Shape { mapping: false, block: false }, &properties, spot)?;
        self.brackets.push(('[', opened));
        let mut first = true;
        loop {
            let ends = |kind: &Kind<'_>| matches!(kind, Kind::FlowSequenceEnd);
            if !ends(self.peek()?) && !std::mem::take(&mut first) {
                self.comma(']', opened)?;
            }
            let start = self.start()?;
            match self.peek()? {
                Kind::FlowSequenceEnd => break,
                // A mapping of one field, without braces.
                Kind::Key => {
                    self.scanner.take()?;
                    let shape = Shape { mapping: true, block: false };
                    self.open(start, shape, &Properties::default(), Spot::inside(start))?;
                    self.flow_field(start, ends)?;
                    self.builder.close(None)?;
                }
                _ => self.value(Spot::inside(start))?,
            }
        }
        self.close_bracket()
    }

    fn flow_mapping(&mut self, properties: Properties<'t>, spot: Spot) -> Done {
        let opened = self.scanner.take()?.start;
        self.open(opened, Shape { mapping: true, block: false }, &properties, spot)?;
        self.brackets.push(('{', opened));
        let mut first = true;
        loop {
            let ends = |kind: &Kind<'_>| matches!(kind, Kind::FlowMappingEnd);
            if !ends(self.peek()?) && !std::mem::take(&mut first) {
                self.comma('}', opened)?;
            }
            let start = self.start()?;
            match self.peek()? {
                Kind::FlowMappingEnd => break,
                Kind::Key => {
                    self.scanner.take()?;
                    self.flow_field(start, ends)?;
                }
                // A key without a colon.
                _ => {
                    self.value(Spot::field(start, false))?;
                    let behind = self.builder.pending_key().map_or(start, |key| key.end as usize);
                    self.empty(Spot::field(behind, false))?;
                }
            }
        }
        self.close_bracket()
    }

    /// A field within brackets, which `ends` ends.
    fn flow_field(&mut self, start: usize, ends: impl Fn(&Kind<'_>) -> bool) -> Done {
        let spot = Spot::field(start, false);
        let missing = |kind: &Kind<'_>| matches!(kind, Kind::Comma) || ends(kind);
        let kind = self.peek()?;
        if matches!(kind, Kind::Colon) || missing(kind) {
            self.empty(spot)?
        } else {
            self.value(spot)?
        }
        let mut behind = self.builder.pending_key().map_or(start, |key| key.end as usize);
        let mut written = false;
        if let Kind::Colon = self.peek()? {
            behind = self.scanner.take()?.end;
            written = !missing(self.peek()?);
        }
        let spot = Spot::field(behind, false);
        if written { self.value(spot) } else { self.empty(spot) }
    }

    fn comma(&mut self, closing: char, opened: usize) -> Done {
        let start = self.start()?;
        let question = self.text.get(start..).is_some_and(|text| text.starts_with('?'));
        let behind_quote = self.last.kind == LastKind::Quoted && self.follows(start);
        match self.peek()? {
            Kind::Comma => {
                self.scanner.take()?;
                Ok(())
            }
            Kind::Scalar(..) if behind_quote => Err(self.behind_quote(start)),
            Kind::StreamEnd | Kind::DocumentStart | Kind::DocumentEnd => Err(self.unclosed(start)),
            Kind::Key if question => Err(error(start, SyntaxError::QuestionMark)),
            _ => Err(BuildError::referring(start, opened, |opened| SyntaxError::NoComma { closing, opened })),
        }
    }

    fn close_bracket(&mut self) -> Done {
        let Token { start, end, .. } = self.scanner.take()?;
        self.brackets.pop();
        self.read(LastKind::Bracket, start, end);
        self.builder.close(Some(end))
    }

    /// What is wrong with the next token, which is no value.
    fn instead_of_value(&mut self, start: usize) -> Result<BuildError, BuildError> {
        let inside = !self.brackets.is_empty();
        Ok(match self.peek()? {
            Kind::StreamEnd | Kind::DocumentStart | Kind::DocumentEnd if inside => self.unclosed(start),
            Kind::Comma if !inside => error(start, SyntaxError::NeedsQuotes(',')),
            Kind::FlowSequenceEnd => error(start, SyntaxError::BracketClosed(']')),
            Kind::FlowMappingEnd => error(start, SyntaxError::BracketClosed('}')),
            Kind::Dash if inside => error(start, SyntaxError::DashInBrackets),
            _ => error(start, SyntaxError::NoValue),
        })
    }

    /// What is wrong with the next token, which is no key or element of the block that begins at `first`.
    fn instead(&mut self, first: usize, otherwise: SyntaxError) -> Result<BuildError, BuildError> {
        let start = self.start()?;
        let (last, follows) = (self.last, self.follows(start));
        Ok(match self.peek()? {
            Kind::BlockMapping | Kind::BlockSequence if last.kind == LastKind::Block => {
                BuildError::referring(start, first, |siblings| SyntaxError::BetweenLevels { siblings })
            }
            Kind::BlockMapping | Kind::BlockSequence => {
                BuildError::referring(start, last.start, |above| SyntaxError::Deeper { above })
            }
            Kind::FlowSequenceEnd => error(start, SyntaxError::BracketClosed(']')),
            Kind::FlowMappingEnd => error(start, SyntaxError::BracketClosed('}')),
            _ if !follows => error(start, otherwise),
            _ if last.kind == LastKind::Quoted => self.behind_quote(start),
            _ if last.kind == LastKind::Bracket => error(start, SyntaxError::BehindBracket),
            _ => error(start, otherwise),
        })
    }

    fn behind_quote(&self, start: usize) -> BuildError {
        BuildError::referring(start, self.last.start, |opened| SyntaxError::BehindQuote { opened })
    }

    fn unclosed(&self, start: usize) -> BuildError {
        match self.brackets.last() {
            Some((bracket, opened)) => error(*opened, SyntaxError::BracketOpen(*bracket)),
            None => error(start, SyntaxError::NoValue),
        }
    }

    /// True when the place is on the line on which that ends which was read last.
    fn follows(&self, place: usize) -> bool {
        self.text.get(self.last.end..place).is_some_and(|between| !between.contains('\n'))
    }

    fn read(&mut self, kind: LastKind, start: usize, end: usize) {
        self.last = Last { kind, start, end };
    }

    fn key(&self, spot: Spot) -> Key {
        self.builder.pending_key().unwrap_or(spot.key)
    }

    fn peek(&mut self) -> Result<&Kind<'t>, BuildError> {
        Ok(&self.scanner.peek()?.kind)
    }

    /// Where the next token starts.
    fn start(&mut self) -> Result<usize, BuildError> {
        Ok(self.scanner.peek()?.start)
    }
}
