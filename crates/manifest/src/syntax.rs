//! What is wrong with YAML that can't be read, in the words of those who write manifests.

use crate::position::Position;

/// How a document breaks YAML's grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// A tab where only spaces are allowed.
    #[error("this line is indented with a tab: YAML takes only spaces")]
    Tab,
    /// A character that no text may contain.
    #[error("the character U+{:04X} is not allowed in YAML", u32::from(*.0))]
    Control(char),
    /// A line that is neither a field nor an element.
    #[error("this is no `key: value`: there is no colon after the key")]
    NoColon,
    /// `a: b: c`
    #[error("a value with `: ` in it needs quotes")]
    SecondColon,
    /// A line below a complete field, indented more than it.
    #[error("this is indented more than line {}, which has a value already", above.line)]
    Deeper {
        /// The field.
        above: Position,
    },
    /// A line whose indentation lies between those of the lines above.
    #[error(
        "this is indented unlike the lines above: keys of one mapping begin in the same column, here {}, or deeper",
        siblings.column
    )]
    BetweenLevels {
        /// The first key of the mapping around it.
        siblings: Position,
    },
    /// `a: - b`
    #[error("a list begins on the line below its key, not behind the colon")]
    ListBehindKey,
    /// A dash among keys.
    #[error("a list element stands among the keys of a mapping")]
    DashAmongKeys,
    /// `[- a]`
    #[error("elements within brackets have no dash")]
    DashInBrackets,
    /// No dash among elements.
    #[error("this is indented like the elements of the list above, but doesn't start with `- `")]
    NoDash,
    /// An unquoted value starts with what means something else there.
    #[error("a value that starts with `{0}` needs quotes")]
    NeedsQuotes(char),
    /// Something behind `|` or `>`.
    #[error("text begins on the line below `{0}`; a value that starts with `{0}` needs quotes")]
    BlockHeader(char),
    /// A quote that is never closed; the place is where it opens.
    #[error("the string that starts here has no closing `{0}`")]
    QuoteOpen(char),
    /// Something behind a quoted string.
    #[error("something follows the string that starts on line {}: its quotes end before this", opened.line)]
    BehindQuote {
        /// Where the string starts.
        opened: Position,
    },
    /// A backslash that means nothing.
    #[error("`\\{0}` means nothing within double quotes: write `\\\\{0}`, or use single quotes")]
    Escape(char),
    /// Too few digits, or no character of that number.
    #[error("this is no character: `\\x` takes 2 hexadecimal digits, `\\u` 4, `\\U` 8")]
    EscapedNumber,
    /// A bracket that is never closed; the place is where it opens.
    #[error("`{0}` is never closed")]
    BracketOpen(char),
    /// A bracket that was never opened.
    #[error("`{0}` closes nothing")]
    BracketClosed(char),
    /// Two elements or fields within brackets and nothing between them.
    #[error("a comma or `{closing}` is missing before this; `{}` opened on line {}", opening(*.closing), opened.line)]
    NoComma {
        /// What would close the brackets.
        closing: char,
        /// Where they open.
        opened: Position,
    },
    /// `{a: b?}`
    #[error("within brackets, a value with `?` in it needs quotes")]
    QuestionMark,
    /// Something behind a closing bracket.
    #[error("something follows the closing bracket")]
    BehindBracket,
    /// Something else where a key should be.
    #[error("a key is missing here")]
    NoKey,
    /// Something else where a value should be.
    #[error("a value is missing here")]
    NoValue,
    /// A line that starts with `%`.
    #[error("a line that starts with `%` is a directive, and YAML has none like this")]
    Directive,
    /// A directive without a document.
    #[error("a line `---` is missing between the directive and this")]
    NoDocumentStart,
    /// A tag that nothing declares.
    #[error("nothing declares the tag handle `{0}`")]
    TagHandle(String),
}

fn opening(closing: char) -> char {
    if closing == ']' { '[' } else { '{' }
}

impl SyntaxError {
    /// The place that the message refers to.
    pub(crate) fn refers_to(&mut self) -> Option<&mut Position> {
        match self {
            SyntaxError::Deeper { above: position }
            | SyntaxError::BetweenLevels { siblings: position }
            | SyntaxError::BehindQuote { opened: position }
            | SyntaxError::NoComma { opened: position, .. } => Some(position),
            _ => None,
        }
    }
}
