//! Reads commands as far as possible without running them: exec form and shell scripts.
//!
//! A script is split into simple commands. Anything that needs a real shell (loops, conditions, functions, substitutions
//! that decide what runs) makes it unreadable; nothing is guessed.

use crate::json::node::{Malformed, Node};

/// The names of known shells.
pub const SHELLS: &[&str] = &["sh", "bash", "ash", "dash"];

/// Reads a `command` or `args` list.
///
/// # Errors
/// When it is not a list of strings.
pub fn words_of<'a>(node: Node<'a>) -> Result<Vec<&'a str>, Malformed> {
    let mut words = Vec::new();
    for word in node.items()? {
        words.push(word.str()?.unwrap_or_default());
    }
    Ok(words)
}

/// The program that a path names: `/bin/sleep` is `sleep`.
pub fn program(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a command in exec form runs.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation<'w> {
    /// A program, by its name without the path, and its arguments.
    Program(&'w str, &'w [&'w str]),
    /// A shell with a script (`sh -c SCRIPT`).
    Script(&'w str),
    /// A shell started in another way, or nothing at all.
    Unknown,
}

/// Reads a command in exec form: `["/bin/sh", "-ec", "sleep 5"]` is a script, `["/bin/sleep", "5"]` a program.
pub fn invocation<'w>(words: &'w [&'w str], shells: &[impl AsRef<str>]) -> Invocation<'w> {
    let Some((first, rest)) = words.split_first() else { return Invocation::Unknown };
    let name = program(first);
    if name == "busybox" {
        return invocation(rest, shells);
    }
    if !shells.iter().any(|shell| shell.as_ref() == name) {
        return Invocation::Program(name, rest);
    }
    for (index, word) in rest.iter().enumerate() {
        match word.strip_prefix('-') {
            // `-o pipefail` takes the next word.
            Some(options) if !options.starts_with('-') && options.contains('c') => {
                return rest.get(index + 1).map_or(Invocation::Unknown, |script| Invocation::Script(script));
            }
            Some(_) => {}
            None if rest.get(index.wrapping_sub(1)).is_some_and(|before| before.ends_with('o')) => {}
            None => return Invocation::Unknown,
        }
    }
    Invocation::Unknown
}

/// One simple command of a script.
#[derive(Debug, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Its words without quotes, assignments and redirections.
    pub words: Vec<String>,
    /// What follows it.
    pub then: Then,
    /// Whether it has a redirection.
    pub redirected: bool,
    /// Whether the shell expands a part of it (`$VAR`, `*`, `~`), so its words differ from what is run.
    pub expanded: bool,
    /// Whether variable assignments precede it.
    pub assigned: bool,
}

/// What follows a simple command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// `;` or a new line, or the end of the script.
    Next,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `&`
    Background,
}

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "while", "until", "for", "do", "done", "case", "esac", "function", "{", "}",
    "!", "select", "[[", "time",
];

/// Splits a script into its simple commands; `None` when it contains anything that only a shell understands.
pub fn simple_commands(script: &str) -> Option<Vec<SimpleCommand>> {
    let mut reader = Reader { rest: script.chars().peekable() };
    let mut commands = Vec::new();
    while let Some(command) = reader.command()? {
        commands.push(command);
    }
    Some(commands)
}

struct Reader<'s> {
    rest: std::iter::Peekable<std::str::Chars<'s>>,
}

impl Reader<'_> {
    fn next_is(&mut self, expected: char) -> bool {
        self.rest.next_if_eq(&expected).is_some()
    }

    /// Skips blanks and line continuations.
    fn skip_blanks(&mut self) {
        loop {
            let mut ahead = self.rest.clone();
            match (ahead.next(), ahead.next()) {
                (Some(' ' | '\t'), _) => {
                    self.rest.next();
                }
                (Some('\\'), Some('\n')) => self.rest = ahead,
                _ => return,
            }
        }
    }

    /// The next command; `Some(None)` at the end, `None` when it can't be read.
    fn command(&mut self) -> Option<Option<SimpleCommand>> {
        let mut command =
            SimpleCommand { words: Vec::new(), then: Then::Next, redirected: false, expanded: false, assigned: false };
        loop {
            self.skip_blanks();
            let Some(&c) = self.rest.peek() else { break };
            match c {
                '#' => while self.rest.next_if(|c| *c != '\n').is_some() {},
                '\n' | ';' => {
                    self.rest.next();
                    if c == ';' && self.next_is(';') {
                        return None;
                    }
                    if command.is_empty() {
                        continue;
                    }
                    break;
                }
                '&' => {
                    self.rest.next();
                    command.then = if self.next_is('&') { Then::And } else { Then::Background };
                    break;
                }
                '|' => {
                    self.rest.next();
                    command.then = if self.next_is('|') { Then::Or } else { Then::Pipe };
                    break;
                }
                '<' | '>' => self.redirection(&mut command)?,
                '(' | ')' | '`' => return None,
                _ => self.word(&mut command)?,
            }
        }
        if command.is_empty() {
            // An operator with nothing before it is a syntax error; an end with nothing before it is just the end.
            return if command.then == Then::Next { Some(None) } else { None };
        }
        match command.words.first() {
            Some(first) if KEYWORDS.contains(&first.as_str()) => None,
            _ => Some(Some(command)),
        }
    }

    fn redirection(&mut self, command: &mut SimpleCommand) -> Option<()> {
        let start = self.rest.next()?;
        if start == '<' && self.rest.peek() == Some(&'<') {
            return None;
        }
        while self.rest.next_if(|c| matches!(c, '>' | '&' | '|')).is_some() {}
        self.skip_blanks();
        let (target, _) = self.text()?;
        command.redirected = true;
        (!target.is_empty()).then_some(())
    }

    fn word(&mut self, command: &mut SimpleCommand) -> Option<()> {
        let (word, expanded) = self.text()?;
        // `2>file`: the number belongs to the redirection.
        if matches!(self.rest.peek(), Some('<' | '>')) && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(());
        }
        command.expanded |= expanded;
        if command.words.is_empty() && is_assignment(&word) {
            command.assigned = true;
        } else {
            command.words.push(word);
        }
        Some(())
    }

    /// One word of quoted and unquoted text, and whether the shell expands a part of it.
    fn text(&mut self) -> Option<(String, bool)> {
        let mut text = String::new();
        let mut expanded = false;
        while let Some(&c) = self.rest.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '`' => return None,
                '\'' => {
                    self.rest.next();
                    loop {
                        match self.rest.next()? {
                            '\'' => break,
                            c => text.push(c),
                        }
                    }
                }
                '"' => {
                    self.rest.next();
                    loop {
                        match self.rest.next()? {
                            '"' => break,
                            '`' => return None,
                            '\\' => text.push(self.rest.next()?),
                            '$' => {
                                expanded = true;
                                if self.rest.peek() == Some(&'(') {
                                    return None;
                                }
                                text.push('$');
                            }
                            c => text.push(c),
                        }
                    }
                }
                '\\' => {
                    self.rest.next();
                    match self.rest.next()? {
                        '\n' => {}
                        c => text.push(c),
                    }
                }
                '$' => {
                    self.rest.next();
                    if self.rest.peek() == Some(&'(') {
                        return None;
                    }
                    expanded = true;
                    text.push('$');
                }
                c => {
                    self.rest.next();
                    expanded |= matches!(c, '*' | '?' | '[' | '~');
                    text.push(c);
                }
            }
        }
        Some((text, expanded))
    }
}

impl SimpleCommand {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && !self.redirected && !self.assigned
    }

    /// The program, by its name without the path; empty for a bare assignment.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", |word| program(word))
    }

    /// True for `exec PROGRAM`, which replaces the shell. `exec` with only redirections starts nothing.
    pub fn is_exec(&self) -> bool {
        self.program() == "exec" && !self.arguments().is_empty()
    }

    /// The words after the program.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Commands built into the shell, which `exec` can't start.
const BUILTINS: &[&str] = &[
    ".", ":", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "eval", "exec", "exit",
    "export", "fg", "getopts", "hash", "jobs", "let", "local", "read", "readonly", "return", "set", "shift", "shopt",
    "source", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait",
];

/// The script with `exec` in front of its program, if it is a single simple command that starts one.
pub fn with_exec(script: &str) -> Option<String> {
    let commands = simple_commands(script)?;
    let [command] = commands.as_slice() else { return None };
    let starts = script.trim_start();
    let program = command.words.first()?;
    // After assignments or a comment, `exec` would not go at the start of the script.
    let plain = !command.assigned && command.then == Then::Next && !starts.starts_with(['#', '<', '>']);
    if !plain || BUILTINS.contains(&program.as_str()) {
        return None;
    }
    let (blank, _) = script.split_at_checked(script.len() - starts.len())?;
    Some([blank, "exec ", starts].concat())
}

/// How long `sleep` sleeps with these arguments, in milliseconds: `15`, `0.5`, `1m 30s`, `2h`, `1d`. `None` when an
/// argument can't be read.
pub fn sleep_millis<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<u64> {
    let mut total: Option<u64> = None;
    for argument in arguments {
        let (number, unit) = match argument.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => (number, argument.get(number.len()..)?),
            None => (argument, "s"),
        };
        let unit = match unit {
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => 1,
        };
        total = Some(total.unwrap_or(0).checked_add(decimal_millis(number)?.checked_mul(unit)?)?);
    }
    total
}

fn decimal_millis(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let mut millis: u64 = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.checked_mul(1_000)? };
    let mut scale = 100;
    for digit in fraction.bytes().take(3) {
        millis = millis.checked_add(u64::from(digit - b'0') * scale)?;
        scale /= 10;
    }
    Some(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(script: &str) -> Option<Vec<Vec<String>>> {
        Some(simple_commands(script)?.into_iter().map(|command| command.words).collect())
    }

    fn words(list: &[&[&str]]) -> Option<Vec<Vec<String>>> {
        Some(list.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect())
    }

    #[test]
    fn scripts_are_split_into_commands() {
        assert_eq!(programs("sleep 5; nginx -s quit"), words(&[&["sleep", "5"], &["nginx", "-s", "quit"]]));
        assert_eq!(programs("a 'b c' \"d;e\" f\\ g"), words(&[&["a", "b c", "d;e", "f g"]]));
        assert_eq!(programs("X=1 Y=2 exec app >/dev/null 2>&1\n# done\n"), words(&[&["exec", "app"]]));
        assert_eq!(programs("a && b || c"), words(&[&["a"], &["b"], &["c"]]));
        assert_eq!(programs("a \\\n b"), words(&[&["a", "b"]]));
        assert_eq!(programs(""), words(&[]));
        assert_eq!(programs(";;"), None);
    }

    #[test]
    fn operators_and_expansions_are_noted() {
        let commands = simple_commands("a $HOME & b | c").unwrap();
        let then: Vec<_> = commands.iter().map(|command| command.then).collect();
        assert_eq!(then, [Then::Background, Then::Pipe, Then::Next]);
        assert!(commands[0].expanded && !commands[1].expanded);
    }

    #[test]
    fn compound_commands_are_unreadable() {
        for script in [
            "while true; do sleep 1; done",
            "for i in 1 2; do a; done",
            "if a; then b; fi",
            "(a)",
            "a $(b)",
            "a `b`",
            "cat <<E\nE",
            "'open",
            "&& a",
            "{ a; }",
            "f() { a; }",
        ] {
            assert_eq!(simple_commands(script), None, "{script}");
        }
    }

    #[test]
    fn shells_with_scripts_are_recognized() {
        assert_eq!(invocation(&["/bin/sh", "-c", "a b"], SHELLS), Invocation::Script("a b"));
        assert_eq!(invocation(&["bash", "-euo", "pipefail", "-c", "a"], SHELLS), Invocation::Script("a"));
        assert_eq!(invocation(&["sh", "-ec", "a"], SHELLS), Invocation::Script("a"));
        assert_eq!(invocation(&["/bin/sleep", "5"], SHELLS), Invocation::Program("sleep", &["5"]));
        assert_eq!(invocation(&["busybox", "sleep", "5"], SHELLS), Invocation::Program("sleep", &["5"]));
        assert_eq!(invocation(&["sh", "/run.sh"], SHELLS), Invocation::Unknown);
        assert_eq!(invocation(&["sh"], SHELLS), Invocation::Unknown);
        assert_eq!(invocation(&[], SHELLS), Invocation::Unknown);
    }

    #[test]
    fn exec_is_added_to_a_single_simple_command() {
        for (script, expected) in [
            ("java -jar app.jar", Some("exec java -jar app.jar")),
            ("\n  $HOME/app \\\n  --port=80 >log 2>&1\n", Some("\n  exec $HOME/app \\\n  --port=80 >log 2>&1\n")),
            ("app;", Some("exec app;")),
            ("X=1 app", None),
            ("# start\napp", None),
            (">log app", None),
            ("app &", None),
            ("app | tee log", None),
            ("a && b", None),
            ("cd /srv", None),
            ("exec app", None),
            ("while a; do b; done", None),
            ("", None),
        ] {
            assert_eq!(with_exec(script).as_deref(), expected, "{script:?}");
        }
    }

    #[test]
    fn sleep_arguments_add_up() {
        for (arguments, millis) in [
            (&["15"][..], Some(15_000)),
            (&["0.5"], Some(500)),
            (&[".25s"], Some(250)),
            (&["1m", "30s"], Some(90_000)),
            (&["2h"], Some(7_200_000)),
            (&["infinity"], None),
            (&["$N"], None),
            (&[], None),
            (&["99999999999999999999"], None),
        ] {
            assert_eq!(sleep_millis(arguments.iter().copied()), millis, "{arguments:?}");
        }
    }
}
