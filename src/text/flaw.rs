//! Commands in exec form that can't work as written.

use crate::text::elapsed::{Span, of_sleep};
use crate::text::shell::{Invocation, SHELLS, invocation, launched, sleep_millis};

/// Why a command can't work as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is one word with spaces, which names no program.
    OneWord,
    /// It has operators of a shell, which its program gets as arguments.
    Operators,
    /// `sh -c` gets its script in several words, and runs the first.
    SplitScript,
    /// `sleep` can't read its argument.
    BadTime,
}

impl Flaw {
    /// What is wrong, as the predicate of a message about the command.
    pub fn message(self) -> &'static str {
        match self {
            Flaw::OneWord => "is one word with spaces, which names no program",
            Flaw::Operators => "has shell operators, but exec runs no shell",
            Flaw::SplitScript => "passes sh -c its script in several words, of which only the first is run",
            Flaw::BadTime => "gives sleep a time that it can't read",
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Flaw::OneWord => "write each word of the command as an element of its own",
            Flaw::Operators | Flaw::SplitScript => "write the whole script as one element after sh -c",
            Flaw::BadTime => "give sleep a number of seconds",
        }
    }
}

/// Programs that compare, or look for, what their arguments say: a sign may be one.
const TAKING_SIGNS: &[&str] =
    &["[", "test", "expr", "grep", "egrep", "fgrep", "awk", "cut", "sed", "tr", "sort", "jq", "yq"];

/// Why the command can't work as written; `None` when it may.
pub fn flaw_of(words: &[&str]) -> Option<Flaw> {
    // A path of Windows may have spaces: `C:\Program Files`.
    if let [word] = words
        && word.trim().contains(' ')
        && !word.contains('\\')
    {
        return Some(Flaw::OneWord);
    }
    match invocation(launched(words).words, SHELLS) {
        Invocation::Program(name, arguments) => {
            let operator = |word: &&str| match *word {
                "&&" | "||" | ">>" | "2>&1" => true,
                // `find -exec … ;` ends the command with it.
                ";" => name != "find",
                "|" | "&" | ">" => !TAKING_SIGNS.contains(&name),
                _ => false,
            };
            if arguments.iter().any(operator) {
                return Some(Flaw::Operators);
            }
            (name == "sleep" && of_sleep(arguments) == Span::ZERO && sleep_millis(arguments.iter().copied()).is_none())
                .then_some(Flaw::BadTime)
        }
        Invocation::Script(script, [_, ..]) => {
            let one_word = !script.trim().contains([' ', '\n', '$', ';', '/']);
            one_word.then_some(Flaw::SplitScript)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_of_commands_are_recognized() {
        for (words, flaw) in [
            (&["sleep 15"][..], Some(Flaw::OneWord)),
            (&["/bin/sh", "-c", "sleep", "15"], Some(Flaw::SplitScript)),
            (&["sleep", "15", "&&", "nginx", "-s", "quit"], Some(Flaw::Operators)),
            (&["/app/drain", ">", "/proc/1/fd/1"], Some(Flaw::Operators)),
            (&["sleep", "15ms"], Some(Flaw::BadTime)),
            (&["sleep"], Some(Flaw::BadTime)),
            (&["find", "/tmp/beat", "-mmin", "-1", "-exec", "true", "{}", ";"], None),
            (&["find", "/tmp", "||", "true"], Some(Flaw::Operators)),
            (&["grep", "-q", ">", "/tmp/state"], None),
            (&["cut", "-d", "|", "-f1", "/tmp/state"], None),
            (&["/app/check", "|", "grep", "ok"], Some(Flaw::Operators)),
            (&["C:\\Program Files\\app\\check.exe"], None),
            (&["sleep", "15"], None),
            (&["sleep", "0"], None),
            (&["sleep", "infinity"], None),
            (&["sleep", "$(DELAY)"], None),
            (&["sh", "-c", "sleep 15", "hook"], None),
            (&["sh", "-c", "$0", "drain"], None),
            (&["sh", "-c", "sleep 15 && nginx -s quit"], None),
            (&["/app/drain"], None),
            (&[], None),
        ] {
            assert_eq!(flaw_of(words), flaw, "{words:?}");
        }
    }
}
