//! JSON documents. They are YAML too, all but: JSON writes characters beyond the first 65,536 as two escapes, which
//! YAML refuses.

use serde_json::{Number, Value};

use crate::build::{BuildError, Builder, Read, Shape};
use crate::error::ReadErrorKind;
use crate::limits::Limits;
use crate::scalar;
use crate::tree::{Key, Style};

/// Reads one document; `None` when it isn't JSON, which may still be YAML.
pub(crate) fn document(text: &str, limits: &Limits) -> Option<Result<Read, BuildError>> {
    let mut reader = Reader { text, at: 0, builder: Builder::new(limits, text.len()) };
    match reader.run() {
        Ok(()) => Some(Ok(reader.builder.finish())),
        Err(Stop::NotJson) => None,
        Err(Stop::BuildError(error)) => Some(Err(error)),
    }
}

enum Stop {
    NotJson,
    BuildError(BuildError),
}

impl From<BuildError> for Stop {
    fn from(error: BuildError) -> Stop {
        Stop::BuildError(error)
    }
}

/// What the grammar allows next.
enum Next {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    CommaOrEnd,
}

struct Reader<'t, 'l> {
    text: &'t str,
    at: usize,
    builder: Builder<'l>,
}

impl<'t> Reader<'t, '_> {
    fn run(&mut self) -> Result<(), Stop> {
        let mut next = Next::Value;
        loop {
            self.skip_blank();
            next = match (next, self.byte().ok_or(Stop::NotJson)?) {
                (Next::KeyOrEnd, b'}') | (Next::ValueOrEnd, b']') => self.close()?,
                (Next::CommaOrEnd, byte @ (b'}' | b']')) => {
                    if (byte == b'}') != self.in_mapping() {
                        return Err(Stop::NotJson);
                    }
                    self.close()?
                }
                (Next::CommaOrEnd, b',') => {
                    self.at += 1;
                    if self.in_mapping() { Next::Key } else { Next::Value }
                }
                (Next::KeyOrEnd | Next::Key, b'"') => {
                    self.key()?;
                    Next::Value
                }
                (Next::Value | Next::ValueOrEnd, byte @ (b'{' | b'[')) => {
                    let mapping = byte == b'{';
                    let shape = Shape { mapping, block: false };
                    self.builder.open(self.place(), self.at, shape, 0)?;
                    self.at += 1;
                    if mapping { Next::KeyOrEnd } else { Next::ValueOrEnd }
                }
                (Next::Value | Next::ValueOrEnd, _) => {
                    self.scalar()?;
                    Next::CommaOrEnd
                }
                _ => return Err(Stop::NotJson),
            };
            if self.builder.frame().is_none() {
                self.skip_blank();
                return if self.at == self.text.len() { Ok(()) } else { Err(Stop::NotJson) };
            }
        }
    }

    fn close(&mut self) -> Result<Next, Stop> {
        self.at += 1;
        self.builder.close(Some(self.at))?;
        Ok(Next::CommaOrEnd)
    }

    fn key(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let name = self.string()?;
        self.builder.key(name, false, start, self.at);
        self.skip_blank();
        if self.byte() != Some(b':') {
            return Err(Stop::NotJson);
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), Stop> {
        let (key, start) = (self.place(), self.at);
        if self.byte() == Some(b'"') {
            let value = Value::from(self.string()?);
            return Ok(self.builder.leaf(key, start, self.at, Style::DoubleQuoted, value, 0)?);
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            word => {
                // The library knows the grammar; what the number means is the same as in YAML.
                serde_json::from_str::<Number>(word).map_err(|_| Stop::NotJson)?;
                scalar::resolve(word, true, None).map_err(|kind: ReadErrorKind| BuildError::new(start, kind))?
            }
        };
        self.at += length;
        Ok(self.builder.leaf(key, start, self.at, Style::Plain, value, 0)?)
    }

    fn string(&mut self) -> Result<String, Stop> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let mut length = 1;
        loop {
            match rest.as_bytes().get(length) {
                None => return Err(Stop::NotJson),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    length += 2;
                }
                Some(0..0x20) => return Err(Stop::NotJson),
                Some(_) => length += 1,
            }
        }
        self.at += length + 1;
        if escaped {
            let quoted = rest.get(..=length).ok_or(Stop::NotJson)?;
            return serde_json::from_str(quoted).map_err(|_| Stop::NotJson);
        }
        Ok(rest.get(1..length).ok_or(Stop::NotJson)?.to_owned())
    }

    fn place(&self) -> Key {
        self.builder.pending_key().unwrap_or_else(|| {
            let at = crate::build::narrow(self.at);
            if self.builder.frame().is_some() { Key::at(at, at) } else { Key::default() }
        })
    }

    fn in_mapping(&self) -> bool {
        self.builder.frame().is_some_and(|frame| frame.is_mapping())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<Value> {
        document(text, &Limits::default())?.ok().map(|read| read.value)
    }

    #[test]
    fn values() {
        let text = r#" { "a" : [ 1, -2.5e3, true, false, null, "x\"\u00e9\ud83d\ude00", {}, [] ], "": {"b": {}} } "#;
        assert_eq!(
            read(text),
            Some(json!({"a": [1, -2500, true, false, null, "x\"é\u{1f600}", {}, []], "": {"b": {}}}))
        );
    }

    #[test]
    fn what_is_not_json() {
        for text in [
            "",
            "{",
            "}",
            "[",
            "{]",
            "[}",
            "[1,]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a: 1}",
            "[1 2]",
            "[01]",
            "[0x1]",
            "[+1]",
            "[.5]",
            "[True]",
            "['a']",
            "[\"a]",
            "[\"\\x\"]",
            "[\"\\ud83d\"]",
            "[\"\t\"]",
            "{} {}",
            "[1] # c",
            "[\"\\",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn errors() {
        let error = |text: &str| document(text, &Limits::default()).and_then(Result::err).map(|error| error.at);
        assert_eq!(error(&"[".repeat(10_000)), Some(100));
    }
}
