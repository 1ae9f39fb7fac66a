//! From text to tokens, as libyaml and go-yaml cut it: what is a key shows only at its colon, so tokens wait until it is
//! known whether one of them begins a mapping.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::bytes::{is_blank, line_break};
use crate::build::BuildError;
use crate::position::BYTE_ORDER_MARK;
use crate::syntax::SyntaxError;
use crate::tree::Style;

/// A piece of the text.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind<'t>,
}

/// What a token is. Those of the beginning and end of a block have no text of their own.
#[derive(Debug)]
pub(crate) enum Kind<'t> {
    /// `%YAML`
    Version,
    /// `%TAG`: its handle and what it stands for.
    Handle(&'t str, Cow<'t, str>),
    DocumentStart,
    DocumentEnd,
    StreamEnd,
    BlockSequence,
    BlockMapping,
    BlockEnd,
    /// `[`
    FlowSequence,
    /// `]`
    FlowSequenceEnd,
    /// `{`
    FlowMapping,
    /// `}`
    FlowMappingEnd,
    /// `-`
    Dash,
    /// `,`
    Comma,
    /// `?`, or what a colon shows to be a key.
    Key,
    /// `:`
    Colon,
    Alias(&'t str),
    Anchor(&'t str),
    /// A tag's handle and the rest; the handle is empty when the tag is whole.
    Tag(&'t str, Cow<'t, str>),
    Scalar(Cow<'t, str>, Style),
}

/// Where a key may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct Candidate {
    possible: bool,
    /// Nothing but a key can stand there.
    required: bool,
    /// The number of its first token.
    token: usize,
    at: usize,
    line_start: usize,
    column: usize,
}

/// A key is on one line and no longer than this, in characters.
const LONGEST_KEY: usize = 1024;

pub(crate) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Where the current line starts, behind its byte order mark if it has one.
    pub(super) line_start: usize,
    /// How many brackets are open.
    pub(super) brackets: usize,
    /// The column of the innermost block; -1 outside of all.
    pub(super) indent: isize,
    outer: Vec<isize>,
    /// A key may begin here.
    pub(super) key_allowed: bool,
    /// One for the blocks, and one for each pair of brackets.
    candidates: Vec<Candidate>,
    tokens: VecDeque<Token<'t>>,
    /// How many tokens have been taken.
    taken: usize,
    ended: bool,
    /// Where the last token starts if it is unquoted text.
    plain: Option<usize>,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Scanner<'t> {
        Scanner {
            text,
            at: 0,
            line_start: 0,
            brackets: 0,
            indent: -1,
            outer: Vec::new(),
            key_allowed: true,
            candidates: vec![Candidate::default()],
            tokens: VecDeque::new(),
            taken: 0,
            ended: false,
            plain: None,
        }
    }

    /// The next token. There is always one: the last one stays.
    pub(crate) fn peek(&mut self) -> Result<&Token<'t>, BuildError> {
        while !self.ended && (self.tokens.is_empty() || self.may_become_key()?) {
            self.fetch()?;
        }
        // The end of the stream is never taken.
        self.tokens.front().ok_or_else(|| error(self.at, SyntaxError::NoValue))
    }

    pub(crate) fn take(&mut self) -> Result<Token<'t>, BuildError> {
        self.peek()?;
        self.taken += 1;
        self.tokens.pop_front().ok_or_else(|| error(self.at, SyntaxError::NoValue))
    }

    /// True while a colon may still show that the next token begins a key.
    fn may_become_key(&mut self) -> Result<bool, BuildError> {
        let taken = self.taken;
        let number = self.candidates.iter().position(|candidate| candidate.possible && candidate.token == taken);
        number.map_or(Ok(false), |number| self.is_still_possible(number))
    }

    fn is_still_possible(&mut self, number: usize) -> Result<bool, BuildError> {
        let (text, at, line_start) = (self.text, self.at, self.line_start);
        let Some(candidate) = self.candidates.get_mut(number).filter(|candidate| candidate.possible) else {
            return Ok(false);
        };
        let written = text.get(candidate.at..at).unwrap_or_default();
        let long = written.len() > LONGEST_KEY && written.chars().count() > LONGEST_KEY;
        if candidate.line_start == line_start && !long {
            return Ok(true);
        }
        if candidate.required {
            return Err(error(candidate.at, SyntaxError::NoColon));
        }
        candidate.possible = false;
        Ok(false)
    }

    /// The next token may begin a key.
    fn begin_key(&mut self) -> Result<(), BuildError> {
        if !self.key_allowed {
            return Ok(());
        }
        self.end_candidate()?;
        // Where brackets are open no column matters.
        let column = if self.brackets == 0 { self.column() } else { 0 };
        let candidate = Candidate {
            possible: true,
            required: self.brackets == 0 && self.indent == column as isize,
            token: self.taken + self.tokens.len(),
            at: self.at,
            line_start: self.line_start,
            column,
        };
        if let Some(last) = self.candidates.last_mut() {
            *last = candidate;
        }
        Ok(())
    }

    /// What was a possible key is none.
    fn end_candidate(&mut self) -> Result<(), BuildError> {
        let Some(last) = self.candidates.last_mut().filter(|last| last.possible) else { return Ok(()) };
        if last.required {
            return Err(error(last.at, SyntaxError::NoColon));
        }
        last.possible = false;
        Ok(())
    }

    /// Finds the next token, and those that follow from it.
    fn fetch(&mut self) -> Result<(), BuildError> {
        self.skip_blank();
        if self.at >= self.text.len() {
            return self.end();
        }
        if self.brackets == 0 {
            let column = self.column() as isize;
            self.close_blocks(column);
        }
        let byte = self.byte(0);
        let separate = self.is_separate(1);
        let inside = self.brackets > 0;
        match byte {
            b'%' if self.at == self.line_start => self.directive(),
            b'-' | b'.' if self.at_document_marker() => {
                self.close_blocks(-1);
                self.end_candidate()?;
                self.key_allowed = false;
                self.push(3, if byte == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd });
                Ok(())
            }
            b'[' => self.open_bracket(Kind::FlowSequence),
            b'{' => self.open_bracket(Kind::FlowMapping),
            b']' => self.close_bracket(Kind::FlowSequenceEnd),
            b'}' => self.close_bracket(Kind::FlowMappingEnd),
            b',' => {
                self.end_candidate()?;
                self.key_allowed = true;
                self.push(1, Kind::Comma);
                Ok(())
            }
            b'-' if separate => self.dash(),
            b'?' if inside || separate => self.explicit_key(),
            b':' if inside || separate => self.colon(),
            b'*' | b'&' => self.anchor(),
            b'!' => self.tag(),
            b'|' | b'>' if !inside => self.block_scalar(),
            b'\'' | b'"' => {
                self.begin_key()?;
                self.key_allowed = false;
                self.quoted(byte)
            }
            b'\t' => Err(error(self.at, SyntaxError::Tab)),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(error(self.at, SyntaxError::NeedsQuotes(char::from(byte)))),
            _ => {
                self.begin_key()?;
                self.key_allowed = false;
                self.plain()
            }
        }
    }

    fn end(&mut self) -> Result<(), BuildError> {
        // The end of the text is on a line of its own.
        self.line_start = self.at;
        self.close_blocks(-1);
        self.end_candidate()?;
        self.push(0, Kind::StreamEnd);
        self.ended = true;
        Ok(())
    }

    fn open_bracket(&mut self, kind: Kind<'t>) -> Result<(), BuildError> {
        self.begin_key()?;
        self.brackets += 1;
        self.candidates.push(Candidate::default());
        self.key_allowed = true;
        self.push(1, kind);
        Ok(())
    }

    fn close_bracket(&mut self, kind: Kind<'t>) -> Result<(), BuildError> {
        self.end_candidate()?;
        if self.brackets > 0 {
            self.brackets -= 1;
            self.candidates.pop();
        }
        self.key_allowed = false;
        self.push(1, kind);
        Ok(())
    }

    fn dash(&mut self) -> Result<(), BuildError> {
        if self.brackets == 0 {
            if !self.key_allowed {
                return Err(error(self.at, SyntaxError::ListBehindKey));
            }
            self.open_block(self.column(), self.at, None, Kind::BlockSequence);
        }
        self.end_candidate()?;
        self.key_allowed = true;
        self.push(1, Kind::Dash);
        Ok(())
    }

    fn explicit_key(&mut self) -> Result<(), BuildError> {
        if self.brackets == 0 {
            if !self.key_allowed {
                return Err(error(self.at, SyntaxError::NeedsQuotes('?')));
            }
            self.open_block(self.column(), self.at, None, Kind::BlockMapping);
        }
        self.end_candidate()?;
        self.key_allowed = self.brackets == 0;
        self.push(1, Kind::Key);
        Ok(())
    }

    fn colon(&mut self) -> Result<(), BuildError> {
        let last = self.candidates.len().saturating_sub(1);
        if self.is_still_possible(last)? {
            let candidate = self.candidates.last().copied().unwrap_or_default();
            let (at, before) = (candidate.at, candidate.token.saturating_sub(self.taken));
            self.tokens.insert(before, Token { start: at, end: at, kind: Kind::Key });
            if self.brackets == 0 {
                self.open_block(candidate.column, at, Some(before), Kind::BlockMapping);
            }
            if let Some(last) = self.candidates.last_mut() {
                last.possible = false;
            }
            self.key_allowed = false;
        } else if self.brackets == 0 {
            if !self.key_allowed {
                return Err(self.second_colon());
            }
            self.open_block(self.column(), self.at, None, Kind::BlockMapping);
            self.key_allowed = true;
        } else {
            self.key_allowed = false;
        }
        self.push(1, Kind::Colon);
        Ok(())
    }

    /// A colon behind what can't be a key: it is on the line of another one, on a line too deep, or behind lines that have
    /// none.
    fn second_colon(&self) -> BuildError {
        let Some(start) = self.plain.filter(|start| *start < self.line_start) else {
            return error(self.at, SyntaxError::SecondColon);
        };
        let before = self.text.get(..start).unwrap_or_default();
        if before.rsplit(['\n', '\r']).next().is_none_or(|line| line.trim().is_empty()) {
            return error(start, SyntaxError::NoColon);
        }
        let line = self.text.get(self.line_start..).unwrap_or_default();
        let key = self.line_start + line.len() - line.trim_start().len();
        BuildError::referring(key, start, |above| SyntaxError::Deeper { above })
    }

    /// Begins a block unless it has begun.
    fn open_block(&mut self, column: usize, at: usize, before: Option<usize>, kind: Kind<'t>) {
        let column = column as isize;
        if self.indent >= column {
            return;
        }
        self.outer.push(self.indent);
        self.indent = column;
        let token = Token { start: at, end: at, kind };
        match before {
            Some(before) => self.tokens.insert(before, token),
            None => self.tokens.push_back(token),
        }
    }

    /// Ends all blocks that are indented more than `column`.
    pub(super) fn close_blocks(&mut self, column: isize) {
        while self.brackets == 0 && self.indent > column {
            self.push(0, Kind::BlockEnd);
            self.indent = self.outer.pop().unwrap_or(-1);
        }
    }

    fn anchor(&mut self) -> Result<(), BuildError> {
        self.begin_key()?;
        self.key_allowed = false;
        self.anchor_or_alias()
    }

    fn tag(&mut self) -> Result<(), BuildError> {
        self.begin_key()?;
        self.key_allowed = false;
        self.tag_name()
    }

    fn directive(&mut self) -> Result<(), BuildError> {
        self.close_blocks(-1);
        self.end_candidate()?;
        self.key_allowed = false;
        self.directive_line()
    }

    fn block_scalar(&mut self) -> Result<(), BuildError> {
        self.end_candidate()?;
        self.key_allowed = true;
        self.block_text()
    }

    /// Adds a token of so many bytes, and goes behind it.
    pub(super) fn push(&mut self, length: usize, kind: Kind<'t>) {
        let start = self.at;
        self.at += length;
        self.push_token(start, self.at, kind);
    }

    pub(super) fn push_token(&mut self, start: usize, end: usize, kind: Kind<'t>) {
        self.plain = matches!(kind, Kind::Scalar(_, Style::Plain)).then_some(start);
        self.tokens.push_back(Token { start, end, kind });
    }

    /// Goes to the next token: over blanks, comments and line breaks. A tab can't indent a key.
    fn skip_blank(&mut self) {
        loop {
            self.skip_byte_order_mark();
            while self.byte(0) == b' ' || ((self.brackets > 0 || !self.key_allowed) && self.byte(0) == b'\t') {
                self.at += 1;
            }
            if self.byte(0) == b'#' {
                self.skip_line();
            }
            if !self.pass_break() {
                return;
            }
            if self.brackets == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Files that are put together have such marks in the middle.
    fn skip_byte_order_mark(&mut self) {
        if self.at == self.line_start && self.rest().starts_with(BYTE_ORDER_MARK) {
            self.at += BYTE_ORDER_MARK.len();
            self.line_start = self.at;
        }
    }

    /// Goes to the end of the line.
    pub(super) fn skip_line(&mut self) {
        while self.at < self.text.len() && self.break_here() == 0 {
            self.at += 1;
        }
    }

    /// Goes over the line break that is here, if one is.
    pub(super) fn pass_break(&mut self) -> bool {
        let length = self.break_here();
        if length > 0 {
            self.at += length;
            self.line_start = self.at;
        }
        length > 0
    }

    pub(super) fn break_here(&self) -> usize {
        line_break(self.text.as_bytes(), self.at)
    }

    /// The byte so many places ahead; 0 behind the end, which stands nowhere else.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// True where a blank, a line break or the end of the text is, so many places ahead.
    pub(super) fn is_separate(&self, ahead: usize) -> bool {
        let byte = self.byte(ahead);
        byte == 0 || is_blank(byte) || line_break(self.text.as_bytes(), self.at + ahead) > 0
    }

    /// True at a line `---` or `...`. Like kubectl, this takes a comment right behind the dashes.
    pub(super) fn at_document_marker(&self) -> bool {
        self.at == self.line_start
            && (self.rest().starts_with(b"---") && (self.is_separate(3) || self.byte(3) == b'#')
                || self.rest().starts_with(b"...") && self.is_separate(3))
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// How many characters of the line come before this place.
    pub(super) fn column(&self) -> usize {
        self.text.get(self.line_start..self.at).unwrap_or_default().chars().count()
    }
}

pub(crate) fn error(at: usize, error: SyntaxError) -> BuildError {
    BuildError::new(at, crate::error::ReadErrorKind::Syntax(error))
}
