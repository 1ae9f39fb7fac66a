//! Reads shell scripts coarsely: which commands occur anywhere in them, where their output goes, and which loops there
//! are. It looks into conditions, loops and substitutions, but not at when they run.

use crate::text::shell::{is_assignment, program};

/// A piece of a script, in the order of the text. The commands of a substitution (`$(…)`) come before the command that
/// contains it.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A simple command.
    Command(Command),
    /// A keyword of the shell, where a command could begin.
    Keyword(&'static str),
    /// `&` after the command before it.
    Background,
    /// The end of a subshell: `)`.
    Close,
}

/// A simple command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words without quotes and assignments, variables as written.
    pub words: Vec<String>,
    /// Where its output is redirected to: files, and numbers as in `2>&1`.
    pub outputs: Vec<String>,
    /// Whether it contains shell arithmetic.
    pub calculates: bool,
}

impl Command {
    /// True for `exec PROGRAM`, which replaces the shell.
    pub fn is_exec(&self) -> bool {
        self.words.len() > 1 && self.words.first().is_some_and(|word| word == "exec")
    }

    fn started(&self) -> &[String] {
        self.words.get(usize::from(self.is_exec())..).unwrap_or_default()
    }

    /// The program, by its name without the path and ignoring `exec`; empty for bare assignments and redirections.
    pub fn program(&self) -> &str {
        self.started().first().map_or("", |word| program(word))
    }

    /// The words after the program.
    pub fn arguments(&self) -> &[String] {
        self.started().get(1..).unwrap_or_default()
    }
}

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "while", "until", "for", "do", "done", "case", "esac", "function", "{", "}",
    "!", "select",
];

/// Keywords that are followed by words that don't form a command.
const HEADINGS: &[&str] = &["for", "case", "function", "select"];

/// Splits a script; `None` when it has something unreadable, such as a here-document.
pub fn pieces(script: &str) -> Option<Vec<Piece>> {
    let mut reader = Reader {
        rest: script.chars().peekable(),
        pieces: Vec::new(),
        current: Partial::default(),
        quoted: false,
        outer: Vec::new(),
    };
    while let Some(c) = reader.rest.next() {
        if reader.quoted { reader.quoted_char(c)? } else { reader.plain_char(c)? }
    }
    reader.end_command();
    (reader.outer.is_empty() && !reader.quoted).then_some(reader.pieces)
}

struct Reader<'s> {
    rest: std::iter::Peekable<std::str::Chars<'s>>,
    pieces: Vec<Piece>,
    current: Partial,
    /// Inside double quotes.
    quoted: bool,
    /// The commands around the current substitution or subshell.
    outer: Vec<Frame>,
}

#[derive(Default)]
struct Partial {
    command: Command,
    word: Option<String>,
    redirection: Option<Redirection>,
    /// After one of [`HEADINGS`].
    heading: bool,
}

enum Redirection {
    Input,
    Output,
}

struct Frame {
    partial: Partial,
    quoted: bool,
    kind: FrameKind,
}

#[derive(PartialEq, Eq)]
enum FrameKind {
    Substitution,
    Backticks,
    Subshell,
}

impl Reader<'_> {
    fn push(&mut self, c: char) {
        self.current.word.get_or_insert_default().push(c);
    }

    fn next_is(&mut self, expected: char) -> bool {
        self.rest.next_if_eq(&expected).is_some()
    }

    fn quoted_char(&mut self, c: char) -> Option<()> {
        match c {
            '"' => self.quoted = false,
            '\\' => self.escaped()?,
            '$' => self.dollar()?,
            '`' => self.backtick()?,
            c => self.push(c),
        }
        Some(())
    }

    fn plain_char(&mut self, c: char) -> Option<()> {
        match c {
            ' ' | '\t' => self.end_word(),
            '\n' | ';' => self.end_command(),
            '#' if self.current.word.is_none() => while self.rest.next_if(|c| *c != '\n').is_some() {},
            '\'' => {
                self.current.word.get_or_insert_default();
                loop {
                    match self.rest.next()? {
                        '\'' => break,
                        c => self.push(c),
                    }
                }
            }
            '"' => {
                self.current.word.get_or_insert_default();
                self.quoted = true;
            }
            '\\' => self.escaped()?,
            '$' => self.dollar()?,
            '`' => self.backtick()?,
            '(' => self.open()?,
            ')' => self.close()?,
            '&' if self.rest.peek() == Some(&'>') => self.redirection(Redirection::Output),
            '&' => {
                self.end_command();
                if !self.next_is('&') {
                    self.pieces.push(Piece::Background);
                }
            }
            '|' => {
                self.end_command();
                while self.rest.next_if(|c| matches!(c, '|' | '&')).is_some() {}
            }
            '<' | '>' if self.rest.peek() == Some(&'(') => return None,
            '<' if self.rest.peek() == Some(&'<') => return None,
            '<' => self.redirection(Redirection::Input),
            '>' => self.redirection(Redirection::Output),
            c => self.push(c),
        }
        Some(())
    }

    /// A backslash at the end of a line continues it.
    fn escaped(&mut self) -> Option<()> {
        let c = self.rest.next()?;
        if c != '\n' {
            self.push(c);
        }
        Some(())
    }

    fn dollar(&mut self) -> Option<()> {
        self.push('$');
        if self.next_is('(') {
            if self.next_is('(') { self.arithmetic()? } else { self.enter(FrameKind::Substitution) }
        } else if self.next_is('{') {
            loop {
                match self.rest.next()? {
                    '}' => break,
                    c => self.push(c),
                }
            }
        }
        Some(())
    }

    /// Skips the rest of `((…))`.
    fn arithmetic(&mut self) -> Option<()> {
        let mut depth = 2;
        while depth > 0 {
            match self.rest.next()? {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
        }
        self.current.command.calculates = true;
        Some(())
    }

    fn enter(&mut self, kind: FrameKind) {
        let partial = std::mem::take(&mut self.current);
        let quoted = std::mem::take(&mut self.quoted);
        self.outer.push(Frame { partial, quoted, kind });
    }

    fn leave(&mut self, frame: Frame) {
        self.end_command();
        self.current = frame.partial;
        self.quoted = frame.quoted;
    }

    fn backtick(&mut self) -> Option<()> {
        match self.outer.pop_if(|frame| frame.kind == FrameKind::Backticks) {
            Some(frame) => self.leave(frame),
            None => {
                self.push('$');
                self.enter(FrameKind::Backticks);
            }
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        if self.current.word.is_some() || !self.current.command.words.is_empty() {
            // `name()` begins a function; any other parenthesis here is unreadable.
            self.current = Partial::default();
            return self.next_is(')').then_some(());
        }
        if self.next_is('(') {
            self.current.command.words.push("((".to_owned());
            return self.arithmetic();
        }
        self.enter(FrameKind::Subshell);
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let Some(frame) = self.outer.pop() else {
            // The end of a pattern of `case`.
            self.end_command();
            return Some(());
        };
        if frame.kind == FrameKind::Backticks {
            return None;
        }
        let subshell = frame.kind == FrameKind::Subshell;
        self.leave(frame);
        if subshell {
            self.pieces.push(Piece::Close);
        }
        Some(())
    }

    fn redirection(&mut self, redirection: Redirection) {
        // `2>file`: the number belongs to the redirection.
        if self.current.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            self.current.word = None;
        }
        self.end_word();
        while self.rest.next_if(|c| matches!(c, '>' | '&' | '|')).is_some() {}
        self.current.redirection = Some(redirection);
    }

    fn end_word(&mut self) {
        let Partial { command, word, redirection, heading } = &mut self.current;
        let Some(word) = word.take() else { return };
        // The shell increments it.
        command.calculates |= word.contains("SECONDS");
        match redirection.take() {
            Some(Redirection::Output) => command.outputs.push(word),
            Some(Redirection::Input) => {}
            None if command.words.is_empty() && !*heading => {
                if let Some(keyword) = KEYWORDS.iter().find(|keyword| **keyword == word) {
                    *heading = HEADINGS.contains(keyword);
                    self.pieces.push(Piece::Keyword(keyword));
                } else if !is_assignment(&word) {
                    command.words.push(word);
                }
            }
            None => command.words.push(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let Partial { command, heading, .. } = std::mem::take(&mut self.current);
        if !heading && command != Command::default() {
            self.pieces.push(Piece::Command(command));
        }
    }
}

/// The commands among pieces.
pub fn commands(pieces: &[Piece]) -> impl Iterator<Item = &Command> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Command(command) => Some(command),
        _ => None,
    })
}

/// A loop with a condition.
#[derive(Debug, PartialEq, Eq)]
pub struct Loop<'p> {
    /// Whether it ends when the condition becomes true (`until`) rather than false.
    pub until: bool,
    /// The condition, evaluated before each iteration.
    pub condition: &'p [Piece],
    /// The body.
    pub body: &'p [Piece],
    /// Whether it runs in the background.
    pub background: bool,
}

/// The loops with a condition, nested ones included.
pub fn loops(pieces: &[Piece]) -> Vec<Loop<'_>> {
    let mut loops = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let until = match piece {
            Piece::Keyword("while") => false,
            Piece::Keyword("until") => true,
            _ => continue,
        };
        let Some(rest) = pieces.get(index + 1..) else { continue };
        let Some((condition, rest)) = split(rest, "do") else { continue };
        let Some((body, rest)) = split(rest, "done") else { continue };
        // Redirections of the loop, and the ends of the constructs around it.
        let end = rest.iter().find(|piece| match piece {
            Piece::Close | Piece::Keyword("}" | "done" | "fi" | "esac") => false,
            Piece::Command(command) => !command.words.is_empty(),
            _ => true,
        });
        loops.push(Loop { until, condition, body, background: end == Some(&Piece::Background) });
    }
    loops
}

/// The pieces before and after `end`, ignoring those of nested loops.
fn split<'p>(pieces: &'p [Piece], end: &str) -> Option<(&'p [Piece], &'p [Piece])> {
    let mut depth: usize = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Keyword(keyword) = piece else { continue };
        if depth == 0 && *keyword == end {
            return Some((pieces.get(..index)?, pieces.get(index + 1..)?));
        }
        match *keyword {
            "while" | "until" | "for" | "select" => depth += 1,
            "done" => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces as text: commands in angle brackets, outputs behind an arrow.
    fn read(script: &str) -> Option<String> {
        let pieces = pieces(script)?;
        let texts = pieces.iter().map(|piece| match piece {
            Piece::Command(command) => {
                let outputs = command.outputs.iter().map(|output| format!(" -> {output}"));
                let mark = if command.calculates { "#" } else { "" };
                format!("<{}{}{mark}>", command.words.join(" "), outputs.collect::<String>())
            }
            Piece::Keyword(keyword) => (*keyword).to_owned(),
            Piece::Background => "&".to_owned(),
            Piece::Close => ")".to_owned(),
        });
        Some(texts.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn commands_are_found_anywhere() {
        for (script, expected) in [
            ("sleep 5; nginx -s quit", "<sleep 5> <nginx -s quit>"),
            ("while true; do sleep 1; done", "while <true> do <sleep 1> done"),
            ("while [ \"$(ss -ltn | wc -l)\" -gt 0 ]\ndo :\ndone", "while <ss -ltn> <wc -l> <[ $ -gt 0 ]> do <:> done"),
            ("if ! a; then b; fi", "if ! <a> then <b> fi"),
            ("for i in 1 2; do a $i; done", "for do <a $i> done"),
            ("X=`date` a && (b; c) & d", "<date> <a> <b> <c> ) & <d>"),
            ("i=$((i+1)); ((i++)); [ $SECONDS -gt 5 ]", "<#> <((#> <[ $SECONDS -gt 5 ]#>"),
            ("f() { a; }; f", "{ <a> } <f>"),
            ("a 'b;c' \"d & e\" f\\;g # h", "<a b;c d & e f;g>"),
            ("a >x 2>&1 </dev/null | tee y", "<a -> x -> 1> <tee y>"),
            ("exec >/proc/1/fd/1 2>&1\na &>z", "<exec -> /proc/1/fd/1 -> 1> <a -> z>"),
            ("a \\\n b ${C:-d}", "<a b $C:-d>"),
            ("case $1 in x) a;; esac", "case <a> esac"),
            ("", ""),
        ] {
            assert_eq!(read(script).as_deref(), Some(expected), "{script}");
        }
    }

    #[test]
    fn exec_is_skipped() {
        for (script, program, arguments, is_exec) in
            [("exec /bin/sleep 5", "sleep", 1, true), ("exec >log", "exec", 0, false), ("X=1", "", 0, false)]
        {
            let pieces = pieces(script).unwrap();
            let command = commands(&pieces).next();
            let found = command.map(|command| (command.program(), command.arguments().len(), command.is_exec()));
            assert_eq!(found.unwrap_or_default(), (program, arguments, is_exec), "{script}");
        }
    }

    #[test]
    fn unreadable_scripts_are_none() {
        for script in ["cat <<E\nx\nE", "a > >(b)", "'open", "\"open", "a $(b", "(a", "x=(1 2)", "`a"] {
            assert_eq!(read(script), None, "{script}");
        }
    }

    #[test]
    fn loops_are_found_with_background() {
        let script = "while a; do until b; do c; done; done >/dev/null & d";
        let pieces = pieces(script).unwrap();
        let found = loops(&pieces);
        let names = |pieces| commands(pieces).map(Command::program).collect::<Vec<_>>().join(" ");
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.until, names(found.condition), names(found.body), found.background))
            .collect();
        let outer = (false, "a".to_owned(), "b c".to_owned(), true);
        assert_eq!(found, [outer, (true, "b".to_owned(), "c".to_owned(), true)]);
    }

    #[test]
    fn background_subshell_puts_its_loops_in_the_background() {
        for (script, background) in [
            ("(while a; do b; done) & c", true),
            ("{ while a; do b; done; } & c", true),
            ("(while a; do b; done); c &", false),
            ("while a; do b & done", false),
        ] {
            let pieces = pieces(script).unwrap();
            assert_eq!(loops(&pieces).first().map(|found| found.background), Some(background), "{script}");
        }
    }
}
