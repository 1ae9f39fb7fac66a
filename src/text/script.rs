//! Reads shell scripts coarsely: which commands occur anywhere in them, what joins them, where their output goes, and which
//! loops there are. It looks into conditions, loops and substitutions; nothing is expanded, nothing is guessed.

use crate::text::holds;
use crate::text::shell::program;

/// A piece of a script, in the order of the text. The commands of a substitution (`$(…)`) come before the command that
/// contains it.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A simple command.
    Command(Command),
    /// A keyword of the shell, where a command could begin; `function` also for `name()`.
    Keyword(&'static str),
    /// The words after `for`, `case`, `select` and `function`.
    Heading(Vec<String>),
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `&` after the command or block before it.
    Background,
    /// The beginning of a subshell: `(`.
    Open,
    /// The end of a subshell: `)`.
    Close,
}

/// A simple command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words without quotes and assignments, variables as written, substitutions as `$`.
    pub words: Vec<String>,
    /// Where its output is redirected to: files, and numbers as in `2>&1`.
    pub outputs: Vec<String>,
    /// The files that its input is redirected from.
    pub inputs: Vec<String>,
    /// Whether it contains shell arithmetic.
    pub calculates: bool,
    /// Whether the shell expands a part of it (`$VAR`, `*`, `~`), so its words differ from what is run.
    pub expanded: bool,
    /// Whether variable assignments precede it.
    pub assigned: bool,
    /// Whether it has a redirection.
    pub redirected: bool,
    /// Whether it is part of a substitution: its output goes into another command.
    pub substituted: bool,
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
    "!", "select", "time",
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
                let and = self.next_is('&');
                self.pieces.push(if and { Piece::And } else { Piece::Background });
            }
            '|' => {
                self.end_command();
                let or = self.next_is('|');
                // `|&` is a pipe, too.
                let _ = or || self.next_is('&');
                self.pieces.push(if or { Piece::Or } else { Piece::Pipe });
            }
            '<' | '>' if self.rest.peek() == Some(&'(') => return None,
            '<' if self.rest.peek() == Some(&'<') => return None,
            '<' => self.redirection(Redirection::Input),
            '>' => self.redirection(Redirection::Output),
            c => {
                self.current.command.expanded |= matches!(c, '*' | '?' | '~');
                self.push(c);
            }
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
        self.current.command.expanded = true;
        if self.next_is('(') {
            if self.next_is('(') {
                self.arithmetic()?;
            } else {
                self.enter(FrameKind::Substitution);
            }
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

    /// The rest of `((…))`.
    fn arithmetic(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut depth = 2;
        while depth > 0 {
            let c = self.rest.next()?;
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth > 1 {
                text.push(c);
            }
        }
        self.current.command.calculates = true;
        Some(text)
    }

    fn enter(&mut self, kind: FrameKind) {
        let partial = std::mem::take(&mut self.current);
        let quoted = std::mem::take(&mut self.quoted);
        self.outer.push(Frame { partial, quoted, kind });
    }

    fn leave(&mut self, frame: Frame) {
        self.current = frame.partial;
        self.quoted = frame.quoted;
    }

    fn backtick(&mut self) -> Option<()> {
        if self.outer.last().is_some_and(|frame| frame.kind == FrameKind::Backticks) {
            self.end_command();
            let frame = self.outer.pop()?;
            self.leave(frame);
        } else {
            self.push('$');
            self.current.command.expanded = true;
            self.enter(FrameKind::Backticks);
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        if self.current.word.is_some() || !self.current.command.words.is_empty() {
            // `name()` begins a function; any other parenthesis here is unreadable.
            self.current = Partial::default();
            self.pieces.push(Piece::Keyword("function"));
            return self.next_is(')').then_some(());
        }
        if self.next_is('(') {
            let text = self.arithmetic()?;
            self.current.command.words.extend(["((".to_owned(), text]);
            return Some(());
        }
        self.pieces.push(Piece::Open);
        self.enter(FrameKind::Subshell);
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        self.end_command();
        // Without one it is the end of a pattern of `case`.
        let Some(frame) = self.outer.pop() else { return Some(()) };
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
        self.current.command.redirected = true;
        self.current.redirection = Some(redirection);
    }

    fn end_word(&mut self) {
        let Partial { command, word, redirection, heading } = &mut self.current;
        let Some(word) = word.take() else { return };
        // The shell increments it.
        command.calculates |= holds(&word, "SECONDS");
        match redirection.take() {
            Some(Redirection::Output) => command.outputs.push(word),
            Some(Redirection::Input) => command.inputs.push(word),
            None if command.words.is_empty() && !*heading => {
                if let Some(keyword) = KEYWORDS.iter().find(|keyword| **keyword == word) {
                    *heading = HEADINGS.contains(keyword);
                    self.pieces.push(Piece::Keyword(keyword));
                } else if is_assignment(&word) {
                    command.assigned = true;
                } else {
                    command.words.push(word);
                }
            }
            None => command.words.push(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let Partial { mut command, heading, .. } = std::mem::take(&mut self.current);
        if heading {
            self.pieces.push(Piece::Heading(command.words));
        } else if !command.words.is_empty() || command.assigned || command.redirected {
            command.substituted = self.outer.iter().any(|frame| frame.kind != FrameKind::Subshell);
            self.pieces.push(Piece::Command(command));
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
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
        let Some(end) = block_end(pieces, index) else { continue };
        let Some([condition, body]) = parts(pieces, index, end) else { continue };
        // Redirections of the loop, and the ends of the constructs around it.
        let after = pieces.get(end + 1..).unwrap_or_default().iter().find(|piece| match piece {
            Piece::Close | Piece::Keyword("}" | "done" | "fi" | "esac") => false,
            Piece::Command(command) => !command.words.is_empty(),
            _ => true,
        });
        loops.push(Loop { until, condition, body, background: after == Some(&Piece::Background) });
    }
    loops
}

/// The condition and the body of the loop that begins at `start` and ends at `end`.
fn parts(pieces: &[Piece], start: usize, end: usize) -> Option<[&[Piece]; 2]> {
    let body = at_top(pieces, start, end).find(|(_, piece)| **piece == Piece::Keyword("do"))?.0;
    Some([pieces.get(start + 1..body)?, pieces.get(body + 1..end)?])
}

/// The pieces between `start` and `end`, the two positions of a block, without those of blocks inside it.
pub fn at_top(pieces: &[Piece], start: usize, end: usize) -> impl Iterator<Item = (usize, &Piece)> {
    let mut depth: usize = 0;
    pieces.iter().enumerate().take(end).skip(start + 1).filter(move |(_, piece)| {
        let opens = usize::from(is_opening(piece));
        depth = depth.saturating_sub(usize::from(is_closing(piece)));
        let at_top = depth == 0 && opens == 0 && !is_closing(piece);
        depth += opens;
        at_top
    })
}

fn is_opening(piece: &Piece) -> bool {
    matches!(piece, Piece::Open | Piece::Keyword("if" | "while" | "until" | "for" | "select" | "case" | "{"))
}

fn is_closing(piece: &Piece) -> bool {
    matches!(piece, Piece::Close | Piece::Keyword("fi" | "done" | "esac" | "}"))
}

/// The position at which the block that begins at `start` ends, `fi`, `done`, `esac`, `}` or `)`; `None` when none begins
/// there.
pub fn block_end(pieces: &[Piece], start: usize) -> Option<usize> {
    pieces.get(start).filter(|piece| is_opening(piece))?;
    let mut depth: usize = 0;
    for (index, piece) in pieces.iter().enumerate().skip(start) {
        depth += usize::from(is_opening(piece));
        if is_closing(piece) {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(index);
            }
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
                let inputs = command.inputs.iter().map(|input| format!(" <- {input}"));
                let outputs = command.outputs.iter().map(|output| format!(" -> {output}"));
                let files = inputs.chain(outputs).collect::<String>();
                let mark = if command.calculates { "#" } else { "" };
                format!("<{}{files}{mark}>", command.words.join(" "))
            }
            Piece::Keyword(keyword) => (*keyword).to_owned(),
            Piece::Heading(words) => format!("[{}]", words.join(" ")),
            Piece::And => "&&".to_owned(),
            Piece::Or => "||".to_owned(),
            Piece::Pipe => "|".to_owned(),
            Piece::Background => "&".to_owned(),
            Piece::Open => "(".to_owned(),
            Piece::Close => ")".to_owned(),
        });
        Some(texts.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn commands_are_found_anywhere() {
        for (script, expected) in [
            ("sleep 5; nginx -s quit", "<sleep 5> <nginx -s quit>"),
            ("while true; do sleep 1; done", "while <true> do <sleep 1> done"),
            (
                "while [ \"$(ss -ltn | wc -l)\" -gt 0 ]\ndo :\ndone",
                "while <ss -ltn> | <wc -l> <[ $ -gt 0 ]> do <:> done",
            ),
            ("if ! a; then b; fi", "if ! <a> then <b> fi"),
            ("for i in 1 2; do a $i; done", "for [i in 1 2] do <a $i> done"),
            ("for i in $(seq 5); do a; done", "for <seq 5> [i in $] do <a> done"),
            ("X=`date` a && (b; c) & d", "<date> <a> && ( <b> <c> ) & <d>"),
            ("i=$((i+1)); ((i++)); [ $SECONDS -gt 5 ]", "<#> <(( i++#> <[ $SECONDS -gt 5 ]#>"),
            ("f() { a; }; f", "function { <a> } <f>"),
            ("a 'b;c' \"d & e\" f\\;g # h", "<a b;c d & e f;g>"),
            ("a >x 2>&1 </dev/null | tee y", "<a <- /dev/null -> x -> 1> | <tee y>"),
            ("exec >/proc/1/fd/1 2>&1\na &>z", "<exec -> /proc/1/fd/1 -> 1> <a -> z>"),
            ("a \\\n b ${C:-d}", "<a b $C:-d>"),
            ("case $1 in x) a;; esac", "case [$1 in x] <a> esac"),
            ("a || b |& c; time d", "<a> || <b> | <c> time <d>"),
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
    fn commands_know_how_they_are_written() {
        let script = "a; X=1 b; c >d; e $F; g ~/*; h $(i `j`); k '$l'";
        let pieces = pieces(script).unwrap();
        let named = |is: fn(&Command) -> bool| {
            commands(&pieces).filter(|command| is(command)).map(Command::program).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(named(|command| command.assigned), "b");
        assert_eq!(named(|command| command.redirected), "c");
        assert_eq!(named(|command| command.expanded), "e g i h");
        assert_eq!(named(|command| command.substituted), "j i");
    }

    #[test]
    fn blocks_end_where_they_began() {
        let script = "if a; then while b; do c; done; else (d); fi; e";
        let pieces = pieces(script).unwrap();
        let end = block_end(&pieces, 0).unwrap();
        assert_eq!(pieces[end], Piece::Keyword("fi"));
        let top: Vec<_> = at_top(&pieces, 0, end).filter(|(_, piece)| matches!(piece, Piece::Keyword(_))).collect();
        assert_eq!(top.len(), 2, "{top:?}");
        assert_eq!(block_end(&pieces[..end], 0), None);
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
