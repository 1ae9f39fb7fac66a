//! YAML documents: the parser's events, and the places that it doesn't give.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::Value;

use crate::build::{BuildError, Builder, Shape, narrow};
use crate::error::ReadErrorKind;
use crate::limits::Limits;
use crate::position::is_continuation;
use crate::scalar;
use crate::tree::{Key, Style, Tree};

/// Reads one document, which must be no longer than `u32::MAX` bytes.
pub(crate) fn document(text: &str, limits: &Limits) -> Result<(Value, Tree), BuildError> {
    let mut reader = Reader { text, limits, chars: Chars::new(text), builder: Builder::new(limits, text.len()) };
    reader.run(&mut Parser::new_from_str(text))?;
    Ok(reader.builder.finish())
}

struct Reader<'t, 'l> {
    text: &'t str,
    limits: &'l Limits,
    chars: Chars<'t>,
    builder: Builder<'l>,
}

impl<'t> Reader<'t, '_> {
    fn run(&mut self, parser: &mut Parser<'t, StrInput<'t>>) -> Result<(), BuildError> {
        let mut ended = false;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), span)?;
                }
                Event::MappingStart(anchor, _) => self.open(anchor, span, true)?,
                Event::SequenceStart(anchor, _) => self.open(anchor, span, false)?,
                Event::MappingEnd | Event::SequenceEnd => {
                    // The parser sees the end of a block only where something else begins, and blanks as part of a
                    // bracket.
                    let bracket = self.builder.frame().is_some_and(|frame| frame.bracket);
                    let end = bracket.then(|| self.chars.byte(span.start.index()) + 1);
                    self.builder.close(end)?;
                }
                Event::Alias(anchor) => {
                    let (start, end) = self.range(span);
                    if self.builder.expects_key() {
                        self.builder.alias_key(anchor, start, end)?;
                    } else {
                        let (key, _) = self.place(start);
                        self.builder.alias(key, anchor, start, end)?;
                    }
                }
                Event::DocumentStart(_) if ended => {
                    return Err(BuildError::new(self.chars.byte(span.start.index()), ReadErrorKind::AfterEnd));
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
    ) -> Result<(), BuildError> {
        let plain = style == ScalarStyle::Plain;
        let empty = plain && text.is_empty() && tag.is_none() && anchor == 0;
        let (mut start, mut end) = self.range(span);
        if self.builder.expects_key() {
            if !plain {
                end = self.quoted_end(start, end);
            }
            let name = scalar::key(text, plain, tag).map_err(|kind| BuildError::new(start, kind))?;
            let merge = plain && text == "<<" && tag.is_none_or(|tag| tag.suffix == "merge");
            self.builder.keep_key(anchor, &name, start)?;
            self.builder.key(name, merge, start, end);
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
        let value = scalar::resolve(text, plain, tag).map_err(|kind| BuildError::new(start, kind))?;
        self.builder.leaf(key, start, end, style, value, anchor)
    }

    fn open(&mut self, anchor: usize, span: Span, mapping: bool) -> Result<(), BuildError> {
        let (mut start, end) = self.range(span);
        if self.builder.expects_key() {
            return Err(BuildError::new(start, ReadErrorKind::KeyNotScalar));
        }
        let (key, written) = self.place(start);
        // The parser doesn't say which of the two it is. A pair in a flow sequence is flow without a bracket.
        let content = self.skip_properties(start);
        let bracket = content < end && matches!(self.byte(content), Some(b'{' | b'['));
        let frame = self.builder.frame();
        let block = !bracket && frame.is_none_or(|frame| frame.block);
        if block && !mapping && frame.is_some() {
            // The parser's span begins after the first dash when that isn't indented.
            start = self.skip_blank(written).min(start);
        }
        self.builder.open(key, start, Shape { mapping, block, bracket }, anchor)
    }

    /// What leads to the next value, and the byte after its colon or dash. `start` is where the parser sees the value.
    fn place(&self, start: usize) -> (Key, usize) {
        if let Some(key) = self.builder.pending_key() {
            let end = key.end as usize;
            return (key, self.skip_to(end, b':').map_or(end, |colon| colon + 1));
        }
        let Some(frame) = self.builder.frame() else { return (Key::default(), start) };
        match self.skip_to(frame.end as usize, b'-').filter(|_| frame.block) {
            Some(dash) => (Key::at(narrow(dash), narrow(dash + 1)), dash + 1),
            None => (Key::at(narrow(start), narrow(start)), start),
        }
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

    /// What follows the anchor and the tag, if there are any.
    fn skip_properties(&self, mut at: usize) -> usize {
        while let Some(b'&' | b'!') = self.byte(at) {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            at = self.skip_blank(at + rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len()));
        }
        at
    }

    /// Where a quoted scalar ends: the parser's span takes in the blanks and the comment that follow.
    fn quoted_end(&self, start: usize, end: usize) -> usize {
        let mut at = self.skip_properties(start);
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
    fn syntax(&mut self, error: &ScanError) -> BuildError {
        let mut at = self.chars.byte(error.marker().index()).min(self.text.len());
        let message = error.info();
        if message.contains("simple key expect") {
            let before = self.text.get(..at).unwrap_or_default().trim_end();
            at = before.rfind('\n').map_or(0, |line| line + 1);
            at += self.text.get(at..).map_or(0, |line| line.len() - line.trim_start().len());
            return BuildError::new(
                at,
                ReadErrorKind::Syntax("this is no `key: value`: there is no colon after the key".to_owned()),
            );
        }
        if message == "recursion limit exceeded" {
            // The parser's own, which a higher limit of ours doesn't lift.
            let limit = self.limits.depth.min(PARSER_DEPTH);
            return BuildError::new(at, ReadErrorKind::TooDeep { limit });
        }
        if message.contains("unknown anchor") {
            return BuildError::new(at, ReadErrorKind::AliasOfNothing);
        }
        if at == self.text.len() {
            at = self.text.trim_end().len();
        }
        BuildError::new(at, ReadErrorKind::Syntax(message.to_owned()))
    }
}

/// How deep the parser follows flow collections.
const PARSER_DEPTH: usize = 255;

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::BlockScalar,
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
