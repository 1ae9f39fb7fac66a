//! Scalars: how their text is put together from lines. Where the lines of quoted text are indented to doesn't matter.

use std::borrow::Cow;

use super::bytes::{break_as_read, is_blank};
use super::scanner::{Kind, Scanner, error};
use crate::build::BuildError;
use crate::syntax::SyntaxError;
use crate::tree::Style;

/// The text of a scalar so far: borrowed while it is one line without escapes.
struct Content<'t> {
    text: &'t str,
    done: Option<String>,
    /// Where what isn't in `done` yet starts.
    from: usize,
}

impl<'t> Content<'t> {
    fn new(text: &'t str, from: usize) -> Content<'t> {
        Content { text, done: None, from }
    }

    /// Takes the text until `end` as it is, then `instead` for what comes before `next`.
    fn replace(&mut self, end: usize, instead: &str, next: usize) {
        let done = self.done.get_or_insert_default();
        done.push_str(self.text.get(self.from..end).unwrap_or_default());
        done.push_str(instead);
        self.from = next;
    }

    fn finish(self, end: usize) -> Cow<'t, str> {
        let rest = self.text.get(self.from..end).unwrap_or_default();
        match self.done {
            None => Cow::Borrowed(rest),
            Some(mut done) => {
                done.push_str(rest);
                Cow::Owned(done)
            }
        }
    }
}

/// Line breaks between two words: one becomes a blank, of several the first one goes.
#[derive(Default)]
struct Breaks {
    first: Option<&'static str>,
    others: String,
}

impl Breaks {
    fn add(&mut self, line_break: &'static str) {
        match self.first {
            None => self.first = Some(line_break),
            Some(_) => self.others.push_str(line_break),
        }
    }

    fn folded(&mut self) -> Cow<'static, str> {
        let others = std::mem::take(&mut self.others);
        match self.first.take() {
            Some("\n") | None if others.is_empty() => Cow::Borrowed(" "),
            Some("\n") | None => Cow::Owned(others),
            Some(separator) => Cow::Owned([separator, &others].concat()),
        }
    }
}

impl<'t> Scanner<'t> {
    /// Goes over the blanks and line breaks here.
    fn pass_blanks(&mut self, breaks: &mut Breaks) {
        loop {
            if is_blank(self.byte(0)) {
                self.at += 1;
                continue;
            }
            let line_break = break_as_read(self.text.as_bytes(), self.at);
            if !self.pass_break() {
                return;
            }
            breaks.add(line_break);
        }
    }

    /// An unquoted scalar. It ends at a comment, a colon before a blank, a line that isn't indented more than the block,
    /// and within brackets at what belongs to them.
    pub(super) fn plain(&mut self) -> Result<(), BuildError> {
        let start = self.at;
        let mut content = Content::new(self.text, start);
        let mut end = start;
        let mut breaks = Breaks::default();
        loop {
            if self.at_document_marker() || self.byte(0) == b'#' {
                break;
            }
            let word = self.at;
            self.pass_word();
            if self.at > word {
                if breaks.first.is_some() {
                    content.replace(end, &breaks.folded(), word);
                }
                end = self.at;
            }
            if !self.is_separate(0) || self.at >= self.text.len() {
                break;
            }
            self.pass_blanks_of_plain(&mut breaks)?;
            if self.brackets == 0 && self.is_outdented() {
                break;
            }
        }
        if end == start {
            // No way leads here: what begins no word was seen before.
            return Err(error(start, SyntaxError::NoValue));
        }
        if breaks.first.is_some() {
            self.key_allowed = true;
        }
        self.push_token(start, end, Kind::Scalar(content.finish(end), Style::Plain));
        Ok(())
    }

    fn pass_word(&mut self) {
        let inside = self.brackets > 0;
        loop {
            match self.byte(0) {
                b':' if self.is_separate(1) => return,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if inside => return,
                b' ' | b'\t' | b'\n' | b'\r' | 0 => return,
                byte if !byte.is_ascii() && self.break_here() > 0 => return,
                _ => self.at += 1,
            }
        }
    }

    fn pass_blanks_of_plain(&mut self, breaks: &mut Breaks) -> Result<(), BuildError> {
        loop {
            let before = self.at;
            while self.byte(0) == b' ' {
                self.at += 1;
            }
            if self.byte(0) == b'\t' {
                if breaks.first.is_some() && self.is_outdented() {
                    return Err(error(self.at, SyntaxError::Tab));
                }
                self.at += 1;
                continue;
            }
            let line_break = break_as_read(self.text.as_bytes(), self.at);
            if self.pass_break() {
                breaks.add(line_break);
            } else if self.at == before {
                return Ok(());
            }
        }
    }

    /// True at a place that isn't indented more than the block. Only blanks are before it.
    fn is_outdented(&self) -> bool {
        (self.at - self.line_start) as isize <= self.indent
    }

    /// A scalar between quotes.
    pub(super) fn quoted(&mut self, quote: u8) -> Result<(), BuildError> {
        let start = self.at;
        let open = || error(start, SyntaxError::QuoteOpen(char::from(quote)));
        self.at += 1;
        let mut content = Content::new(self.text, self.at);
        loop {
            if self.at_document_marker() || self.at >= self.text.len() {
                return Err(open());
            }
            let byte = self.byte(0);
            match byte {
                b'\'' if quote == byte && self.byte(1) == byte => {
                    content.replace(self.at + 1, "", self.at + 2);
                    self.at += 2;
                }
                _ if byte == quote => break,
                b'\\' if quote == b'"' => self.escape(&mut content)?,
                b' ' | b'\t' | b'\n' | b'\r' | 0x80.. => {
                    let end = self.at;
                    let mut breaks = Breaks::default();
                    self.pass_blanks(&mut breaks);
                    if breaks.first.is_some() {
                        content.replace(end, &breaks.folded(), self.at);
                    }
                    if self.at == end {
                        self.at += 1;
                    }
                }
                _ => self.at += 1,
            }
        }
        let text = content.finish(self.at);
        self.at += 1;
        let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
        self.push_token(start, self.at, Kind::Scalar(text, style));
        Ok(())
    }

    fn escape(&mut self, content: &mut Content<'t>) -> Result<(), BuildError> {
        let start = self.at;
        self.at += 1;
        if self.break_here() > 0 {
            // The line goes on in the next one.
            self.pass_break();
            let mut breaks = Breaks::default();
            self.pass_blanks(&mut breaks);
            let blank_lines = [breaks.first.unwrap_or_default(), &breaks.others].concat();
            content.replace(start, &blank_lines, self.at);
            return Ok(());
        }
        let mut rest = self.text.get(self.at..).unwrap_or_default().chars();
        let character = rest.next().unwrap_or_default();
        let simple = match character {
            '0' => "\0",
            'a' => "\u{7}",
            'b' => "\u{8}",
            't' | '\t' => "\t",
            'n' => "\n",
            'v' => "\u{b}",
            'f' => "\u{c}",
            'r' => "\r",
            'e' => "\u{1b}",
            ' ' => " ",
            '"' => "\"",
            '\'' => "'",
            '\\' => "\\",
            // JSON has it.
            '/' => "/",
            'N' => "\u{85}",
            '_' => "\u{a0}",
            'L' => "\u{2028}",
            'P' => "\u{2029}",
            'x' | 'u' | 'U' => {
                let length = match character {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = rest.as_str().get(..length).unwrap_or_default();
                let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                let named = number.and_then(char::from_u32);
                let named = named.ok_or_else(|| error(start, SyntaxError::EscapedNumber))?;
                self.at += 1 + length;
                content.replace(start, named.encode_utf8(&mut [0; 4]), self.at);
                return Ok(());
            }
            other => return Err(error(start, SyntaxError::Escape(other))),
        };
        self.at += 1;
        content.replace(start, simple, self.at);
        Ok(())
    }

    /// A scalar after `|` or `>`.
    pub(super) fn block_text(&mut self) -> Result<(), BuildError> {
        let start = self.at;
        let literal = self.byte(0) == b'|';
        let header = self.block_header()?;
        let mut text = String::new();
        let mut pending = "";
        let mut blank_lines = String::new();
        let mut indent = header.indent;
        self.pass_blank_lines(&mut indent, &mut blank_lines)?;
        let mut end = self.at;
        let mut after_blank = false;
        while (self.at - self.line_start) == indent && self.at < self.text.len() {
            let begins_blank = is_blank(self.byte(0));
            if literal || after_blank || begins_blank || pending != "\n" {
                text.push_str(pending);
            } else if blank_lines.is_empty() {
                text.push(' ');
            }
            text.push_str(&std::mem::take(&mut blank_lines));
            after_blank = begins_blank;
            let line = self.at;
            self.skip_line();
            end = self.at;
            text.push_str(self.text.get(line..end).unwrap_or_default());
            pending = break_as_read(self.text.as_bytes(), self.at);
            self.pass_break();
            self.pass_blank_lines(&mut indent, &mut blank_lines)?;
        }
        if header.chomping != Some(b'-') {
            text.push_str(pending);
        }
        if header.chomping == Some(b'+') {
            text.push_str(&blank_lines);
        }
        self.push_token(start, end.max(start), Kind::Scalar(Cow::Owned(text), Style::BlockScalar));
        Ok(())
    }

    fn block_header(&mut self) -> Result<Header, BuildError> {
        let start = self.at;
        let wrong = error(start, SyntaxError::BlockHeader(char::from(self.byte(0))));
        let mut header = Header { chomping: None, indent: 0 };
        let mut at = start + 1;
        loop {
            match self.text.as_bytes().get(at) {
                Some(sign @ (b'+' | b'-')) if header.chomping.is_none() => header.chomping = Some(*sign),
                Some(digit @ b'1'..=b'9') if header.indent == 0 => {
                    header.indent = usize::from(digit - b'0') + self.indent.max(0) as usize;
                }
                _ => break,
            }
            at += 1;
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        self.at = at + blank;
        if self.byte(0) == b'#' {
            self.skip_line();
        }
        if self.break_here() == 0 && self.at < self.text.len() {
            return Err(wrong);
        }
        self.pass_break();
        Ok(header)
    }

    /// Goes over blank lines and the indentation of the next one. The first one that isn't blank says how much the text
    /// is indented, if the header doesn't.
    fn pass_blank_lines(&mut self, indent: &mut usize, breaks: &mut String) -> Result<(), BuildError> {
        let mut deepest = 0;
        loop {
            let column = |scanner: &Self| scanner.at - scanner.line_start;
            while (*indent == 0 || column(self) < *indent) && self.byte(0) == b' ' {
                self.at += 1;
            }
            deepest = deepest.max(column(self));
            if (*indent == 0 || column(self) < *indent) && self.byte(0) == b'\t' {
                return Err(error(self.at, SyntaxError::Tab));
            }
            let line_break = break_as_read(self.text.as_bytes(), self.at);
            if !self.pass_break() {
                break;
            }
            breaks.push_str(line_break);
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}

/// What stands behind `|` or `>`.
struct Header {
    chomping: Option<u8>,
    /// How much the text is indented; 0 when its first line says so.
    indent: usize,
}
