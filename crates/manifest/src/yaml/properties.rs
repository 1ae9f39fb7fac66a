//! What stands before values and documents: anchors, aliases, tags and directives.

use std::borrow::Cow;

use super::bytes::{is_blank, is_in_tags, is_word};
use super::scanner::{Kind, Scanner, error};
use crate::build::BuildError;
use crate::syntax::SyntaxError;

impl<'t> Scanner<'t> {
    /// `&name` or `*name`.
    pub(super) fn anchor_or_alias(&mut self) -> Result<(), BuildError> {
        let start = self.at;
        let indicator = self.byte(0);
        self.at += 1;
        let name = self.pass(is_word);
        let ends = self.is_separate(0) || b"?:,]}%@`".contains(&self.byte(0));
        if name.is_empty() || !ends {
            return Err(error(start, SyntaxError::NeedsQuotes(char::from(indicator))));
        }
        self.push_token(start, self.at, if indicator == b'*' { Kind::Alias(name) } else { Kind::Anchor(name) });
        Ok(())
    }

    /// `!name`, `!handle!name`, `!<name>` or `!`.
    pub(super) fn tag_name(&mut self) -> Result<(), BuildError> {
        let start = self.at;
        let wrong = || error(start, SyntaxError::NeedsQuotes('!'));
        let (handle, rest);
        if self.byte(1) == b'<' {
            self.at += 2;
            let name = self.pass(is_in_tags);
            if name.is_empty() || self.byte(0) != b'>' {
                return Err(wrong());
            }
            self.at += 1;
            (handle, rest) = ("", name);
        } else {
            let name = self.handle();
            if name.len() > 1 && name.ends_with('!') {
                (handle, rest) = (name, self.pass(is_in_tags));
                if rest.is_empty() {
                    return Err(wrong());
                }
            } else {
                // What looked like a handle is the beginning of the name.
                self.pass(is_in_tags);
                let name = self.text.get(start + 1..self.at).unwrap_or_default();
                (handle, rest) = if name.is_empty() { ("", "!") } else { ("!", name) };
            }
        }
        let rest = unescaped(rest).ok_or_else(wrong)?;
        if !self.is_separate(0) {
            return Err(wrong());
        }
        self.push_token(start, self.at, Kind::Tag(handle, rest));
        Ok(())
    }

    /// `!`, `!name` or `!name!`.
    fn handle(&mut self) -> &'t str {
        let start = self.at;
        self.at += 1;
        self.pass(is_word);
        if self.byte(0) == b'!' {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A line `%YAML` or `%TAG`.
    pub(super) fn directive_line(&mut self) -> Result<(), BuildError> {
        let start = self.at;
        let wrong = || error(start, SyntaxError::Directive);
        self.at += 1;
        let name = self.pass(is_word);
        self.pass(is_blank);
        let kind = match name {
            "YAML" => {
                let version = self.pass(|byte| byte.is_ascii_digit() || byte == b'.');
                // Nothing that 1.2 changes matters to those who write it.
                Some(Kind::Version).filter(|_| matches!(version, "1.1" | "1.2"))
            }
            "TAG" if self.byte(0) == b'!' => {
                let handle = self.handle();
                let separate = !self.pass(is_blank).is_empty();
                let prefix = unescaped(self.pass(is_in_tags)).filter(|prefix| !prefix.is_empty());
                prefix.filter(|_| separate && handle.ends_with('!')).map(|prefix| Kind::Handle(handle, prefix))
            }
            _ => None,
        };
        let end = self.at;
        self.pass(is_blank);
        if self.byte(0) == b'#' {
            self.skip_line();
        }
        if self.break_here() == 0 && self.at < self.text.len() {
            return Err(wrong());
        }
        self.push_token(start, end, kind.ok_or_else(wrong)?);
        self.pass_break();
        Ok(())
    }

    /// Goes over all bytes that are so.
    fn pass(&mut self, belongs: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        self.at += self.rest().iter().take_while(|byte| belongs(**byte)).count();
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// The name of a tag without its `%` and two digits; `None` when those make no text.
fn unescaped(name: &str) -> Option<Cow<'_, str>> {
    if !name.contains('%') {
        return Some(Cow::Borrowed(name));
    }
    let mut bytes = Vec::new();
    let mut parts = name.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
