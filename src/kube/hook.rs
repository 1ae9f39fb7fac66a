//! Lifecycle hooks, and how long they delay the end of a container.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::text::script::{Command, Loop, Piece, commands, loops, pieces};
use crate::text::shell::{
    Invocation, SHELLS, SimpleCommand, Then, invocation, simple_commands, sleep_millis, words_of,
};

/// A container's preStop hook.
pub struct PreStop<'a> {
    /// Its place: `lifecycle.preStop`.
    pub node: Node<'a>,
    /// What it does.
    pub handler: Handler,
    /// How long it takes, as far as that is known.
    pub wait: Wait,
}

/// What a hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Runs a command in the container.
    Exec,
    /// Sends an HTTP request to the container.
    HttpGet,
    /// Sleeps, without needing anything in the image.
    Sleep,
}

/// How long a hook takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// That long.
    Exactly(u64),
    /// That long, and then something of unknown duration.
    AtLeast(u64),
}

impl Wait {
    /// The time that it takes at least.
    pub fn certain_millis(self) -> u64 {
        match self {
            Wait::Exactly(millis) | Wait::AtLeast(millis) => millis,
        }
    }
}

impl<'a> PreStop<'a> {
    /// Reads the hook; `None` when there is none, or one without a handler, which does nothing.
    ///
    /// # Errors
    /// When it has the wrong type.
    pub fn of(container: &Container<'a>) -> Result<Option<PreStop<'a>>, Malformed> {
        let node = container.get("lifecycle").mapping()?.get("preStop").mapping()?;
        let (handler, wait) = if node.get("sleep").exists() {
            let seconds = node.get("sleep").get("seconds").int()?.unwrap_or_default();
            (Handler::Sleep, Wait::Exactly(u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000)))
        } else if node.get("exec").exists() {
            (Handler::Exec, command_wait(&words_of(node.get("exec").get("command"))?))
        } else if node.get("httpGet").exists() {
            (Handler::HttpGet, Wait::AtLeast(0))
        } else {
            return Ok(None);
        };
        Ok(Some(PreStop { node, handler, wait }))
    }
}

/// Why a command never ends while the container's process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// `sleep infinity`.
    Sleep,
    /// `tail -f`.
    Follow,
    /// A loop whose condition never changes and that nothing leaves.
    Loop,
    /// A loop that waits until nothing listens, in a script that does nothing to stop the process.
    Listening,
}

/// Why the command of a hook in exec form never ends; `None` when it does, or when that is unknown. `in_proxy` means that
/// it runs in a mesh's proxy, which may wait for the others: `grep -v` then has to exclude its own sockets.
pub fn endless(words: &[&str], in_proxy: bool) -> Option<Endless> {
    match invocation(words, SHELLS) {
        Invocation::Program(name, arguments) => endless_program(name, arguments),
        Invocation::Script(script) => endless_script(&pieces(script)?, in_proxy),
        Invocation::Unknown => None,
    }
}

fn endless_program(name: &str, arguments: &[impl AsRef<str>]) -> Option<Endless> {
    let has = |wanted: &dyn Fn(&str) -> bool| arguments.iter().any(|argument| wanted(argument.as_ref()));
    match name {
        "sleep" if has(&|argument| matches!(argument, "infinity" | "inf")) => Some(Endless::Sleep),
        // With `--pid` it ends with another process.
        "tail" if !has(&|argument| argument.starts_with("--pid")) => {
            let follows = |argument: &str| has_option(argument, &['f', 'F'], "--follow");
            has(&follows).then_some(Endless::Follow)
        }
        _ => None,
    }
}

/// True for `-xl` if `l` is among the letters, and for `--long`, also with a value.
fn has_option(argument: &str, letters: &[char], long: &str) -> bool {
    match argument.strip_prefix('-') {
        Some(rest) if rest.starts_with('-') => argument.starts_with(long),
        Some(short) => short.contains(letters),
        None => false,
    }
}

fn endless_script(pieces: &[Piece], in_proxy: bool) -> Option<Endless> {
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Command(command) = piece else { continue };
        if pieces.get(index + 1) == Some(&Piece::Background) {
            continue;
        }
        let endless = endless_program(command.program(), command.arguments());
        if endless.is_some() {
            return endless;
        }
    }
    for found in loops(pieces).iter().filter(|found| !found.background) {
        let leaves = commands(found.body).any(|command| command.is_exec() || LEAVING.contains(&command.program()));
        let constant = is_constant(found);
        if constant && !leaves {
            return Some(Endless::Loop);
        }
        if waits_for_no_listener(found, constant, in_proxy) && commands(pieces).all(is_inert) {
            return Some(Endless::Listening);
        }
    }
    None
}

/// Commands that end a loop from within.
const LEAVING: &[&str] = &["break", "exit", "return"];

/// True when the condition is always the same: `while true`, `while [ 1 ]`, `until false`.
fn is_constant(found: &Loop<'_>) -> bool {
    let [Piece::Command(command)] = found.condition else { return false };
    if command.words.iter().any(|word| word.contains('$')) {
        return false;
    }
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["true" | ":"] | ["[", _, "]"] | ["[[", _, "]]"] | ["test", _] => !found.until,
        ["[", one, "=" | "==" | "-eq", other, "]"] => !found.until && one == other,
        ["false"] => found.until,
        _ => false,
    }
}

/// Commands that count or check the clock.
const COUNTING: &[&str] = &["let", "expr", "seq", "date"];

/// True when the loop ends once no socket listens any more.
fn waits_for_no_listener(found: &Loop<'_>, constant: bool, in_proxy: bool) -> bool {
    let all = || commands(found.condition).chain(commands(found.body));
    if all().any(|command| command.calculates || COUNTING.contains(&command.program())) {
        return false;
    }
    // `until netstat -l | grep -q` waits for a socket to come, not to go; with a comparison it may be either.
    let compares = |piece: &Piece| match piece {
        Piece::Keyword(keyword) => *keyword == "!",
        Piece::Command(command) => matches!(command.program(), "[" | "[[" | "test"),
        _ => false,
    };
    if found.until && !constant && !found.condition.iter().any(compares) {
        return false;
    }
    let inverts = |command: &Command| {
        let mut arguments = command.arguments().iter();
        command.program().ends_with("grep") && arguments.any(|argument| has_option(argument, &['v'], "--invert"))
    };
    let words = || all().flat_map(|command| command.words.iter().map(move |word| (command, word)));
    // Connections end on their own, unlike the socket that accepted them.
    let only_connections = words().any(|(command, word)| {
        let word = word.to_ascii_lowercase();
        ["estab", "_wait", "-wait", "connected"].iter().any(|state| word.contains(state))
            || word.contains("listen") && inverts(command)
    });
    let checks = if constant { found.body } else { found.condition };
    commands(checks).any(shows_listening) && !only_connections && !(in_proxy && all().any(inverts))
}

/// True when the command lists listening sockets.
fn shows_listening(command: &Command) -> bool {
    let mut arguments = command.arguments().iter();
    match command.program() {
        "netstat" | "ss" => arguments.any(|argument| {
            matches!(argument.as_str(), "listening" | "--all") || has_option(argument, &['l', 'a'], "--listening")
        }),
        "lsof" => arguments.any(|argument| has_option(argument, &['i'], "--i")),
        _ => false,
    }
}

/// Programs that only read, wait or print: none of them stops a process.
const INERT: &[&str] = &[
    "sleep", "echo", "printf", "true", "false", ":", "[", "[[", "test", "date", "logger", "touch", "netstat", "ss",
    "lsof", "grep", "egrep", "fgrep", "wc", "xargs", "awk", "sed", "tr", "cut", "head", "tail", "sort", "uniq", "cat",
    "break", "exit", "return", "set", "",
];

fn is_inert(command: &Command) -> bool {
    // `xargs` alone trims; with arguments it runs a program.
    INERT.contains(&command.program()) && (command.program() != "xargs" || command.arguments().is_empty())
}

fn command_wait(words: &[&str]) -> Wait {
    match invocation(words, SHELLS) {
        Invocation::Program("sleep", arguments) => {
            sleep_millis(arguments.iter().copied()).map_or(Wait::AtLeast(0), Wait::Exactly)
        }
        Invocation::Script(script) => simple_commands(script).map_or(Wait::AtLeast(0), |script| script_wait(&script)),
        _ => Wait::AtLeast(0),
    }
}

/// Programs that return at once.
const QUICK: &[&str] =
    &["echo", "printf", "true", ":", "exit", "kill", "pkill", "killall", "nginx", "touch", "rm", "date", "logger", ""];

fn script_wait(commands: &[SimpleCommand]) -> Wait {
    let mut millis: u64 = 0;
    let mut exact = true;
    // After `||` a command runs only if the one before failed: its wait is not certain.
    let mut certain = true;
    for command in commands {
        match command.program() {
            "sleep" if certain && matches!(command.then, Then::Next | Then::And | Then::Or) && !command.expanded => {
                match sleep_millis(command.arguments().iter().map(String::as_str)) {
                    Some(more) => millis = millis.saturating_add(more),
                    None => exact = false,
                }
            }
            program if QUICK.contains(&program) && command.then != Then::Pipe => {}
            _ => exact = false,
        }
        certain = command.then != Then::Or;
    }
    if exact { Wait::Exactly(millis) } else { Wait::AtLeast(millis) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_from_commands() {
        for (words, expected) in [
            (&["sleep", "15"][..], Wait::Exactly(15_000)),
            (&["/bin/sleep", "1m"], Wait::Exactly(60_000)),
            (&["sh", "-c", "sleep 5; nginx -s quit"], Wait::Exactly(5_000)),
            (&["sh", "-c", "sleep 5 && sleep 2.5"], Wait::Exactly(7_500)),
            (&["sh", "-c", "sleep 5; /app/drain"], Wait::AtLeast(5_000)),
            (&["sh", "-c", "/app/drain || sleep 5"], Wait::AtLeast(0)),
            (&["sh", "-c", "sleep 5 &"], Wait::AtLeast(0)),
            (&["sh", "-c", "sleep $DELAY"], Wait::AtLeast(0)),
            (&["sh", "-c", "while true; do sleep 1; done"], Wait::AtLeast(0)),
            (&["/app/drain"], Wait::AtLeast(0)),
            (&["sleep", "infinity"], Wait::AtLeast(0)),
            (&[], Wait::AtLeast(0)),
        ] {
            assert_eq!(command_wait(words), expected, "{words:?}");
        }
    }

    #[test]
    fn endless_hooks_are_recognized() {
        const WAIT: &str =
            "while [ $(netstat -plunt | grep tcp | grep -v envoy | wc -l | xargs) -ne 0 ]; do sleep 1; done";
        let script = |script| endless(&["sh", "-c", script], false);
        for (text, expected) in [
            ("while true; do sleep 1; done", Some(Endless::Loop)),
            ("while :; do sleep 1; done; echo done", Some(Endless::Loop)),
            ("while [ 1 ]; do sleep 1; done", Some(Endless::Loop)),
            ("until false; do sleep 1; done", Some(Endless::Loop)),
            ("while [ 1 -eq 1 ]; do sleep $N; done", Some(Endless::Loop)),
            ("sleep 5; sleep infinity", Some(Endless::Sleep)),
            ("tail -f /dev/null", Some(Endless::Follow)),
            ("echo wait; exec sleep infinity", Some(Endless::Sleep)),
            (WAIT, Some(Endless::Listening)),
            ("until [ `ss -Htln | wc -l` = 0 ]; do sleep 1; done", Some(Endless::Listening)),
            ("while ss --listening --tcp | grep -q :80; do sleep 1; done", Some(Endless::Listening)),
            ("while lsof -ti:8080; do sleep 1; done", Some(Endless::Listening)),
            ("while true; do if ! netstat -ltn | grep -q 80; then break; fi; sleep 1; done", Some(Endless::Listening)),
            // These end, or something may end them.
            ("while true; do sleep 1; done &", None),
            ("sleep infinity & true", None),
            ("tail --pid=1 -f /dev/null", None),
            ("while true; do test -e /tmp/drained && break; sleep 1; done", None),
            ("while [ $i -lt 10 ]; do i=$((i+1)); sleep 1; done", None),
            ("while [ -e /tmp/busy ]; do sleep 1; done", None),
            ("while pgrep worker; do sleep 1; done", None),
            ("i=0; while netstat -ltn | grep -q 80 && [ $i -lt 20 ]; do i=$((i+1)); sleep 1; done", None),
            ("while [ $(ss -Htan state established | wc -l) -gt 0 ]; do sleep 1; done", None),
            ("while netstat -tan | grep -q ESTABLISHED; do sleep 1; done", None),
            ("while netstat -tan | grep -v LISTEN | grep -q 80; do sleep 1; done", None),
            ("while netstat -tn | grep -q :80; do sleep 1; done", None),
            ("kill -TERM 1; while netstat -ltn | grep -q 80; do sleep 1; done", None),
            ("nginx -s quit; while ss -ltn | grep -q :80; do sleep 1; done", None),
            ("until ss -ltn | grep -q :80; do sleep 1; done", None),
            ("for i in 1 2 3; do sleep 1; done", None),
            ("timeout 20 sh -c 'while true; do sleep 1; done'", None),
            ("while true; do exec /app/drain; done", None),
            ("while true; do sleep 1", None),
            ("sleep 15", None),
        ] {
            assert_eq!(script(text), expected, "{text}");
        }
        assert_eq!(endless(&["sleep", "infinity"], false), Some(Endless::Sleep));
        assert_eq!(endless(&["/app/drain"], false), None);
        // A proxy may wait for the others if it excludes its own sockets.
        assert_eq!(endless(&["sh", "-c", WAIT], true), None);
        let own = "while [ $(ss -Htln | wc -l) -gt 0 ]; do sleep 1; done";
        assert_eq!(endless(&["sh", "-c", own], true), Some(Endless::Listening));
    }
}
