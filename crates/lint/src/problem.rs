//! What could not be read or understood.

use std::fmt;

use plimsoll_manifest::Position;

/// Something that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user knows it; `None` when no file caused it.
    pub file: Option<String>,
    /// Where in the file.
    pub position: Option<Position>,
    /// What is wrong, without a full stop.
    pub message: String,
}

impl Problem {
    /// A problem with a file as a whole.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { file: Some(file.into()), position: None, message: message.into() }
    }

    /// A problem at one place of a file.
    pub fn at(file: impl Into<String>, position: Position, message: impl Into<String>) -> Problem {
        Problem { file: Some(file.into()), position: Some(position), message: message.into() }
    }

    /// A problem with the call itself.
    pub fn general(message: impl Into<String>) -> Problem {
        Problem { file: None, position: None, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(position) = &self.position {
                write!(f, "{}:{}:", position.line, position.column)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}
