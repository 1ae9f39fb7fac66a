//! Lifecycle hooks, and how long they delay the end of a container.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::text::elapsed::{Span, elapsed, of_sleep};
use crate::text::flaw::{Flaw, flaw_of};
use crate::text::holds;
use crate::text::script::{Command, Loop, Piece, commands, loops, pieces};
use crate::text::shell::{Invocation, Launched, SHELLS, invocation, launched, sleep_millis, time_limit, words_of};

/// A container's preStop hook.
pub struct PreStop<'a> {
    /// Its place: `lifecycle.preStop`.
    pub node: Node<'a>,
    /// What it does.
    pub handler: Handler,
    /// How long it takes, as far as that is known, in milliseconds.
    pub wait: Span,
    /// When the hook stops the container's process, in milliseconds from its start.
    pub stops_at: Option<u64>,
    /// The longest time limit that an option such as `--timeout` sets for a program in it, in milliseconds.
    pub limit: Option<u64>,
    /// Why its command can't work as written.
    pub flaw: Option<Flaw>,
}

/// A container's postStart hook.
pub struct PostStart<'a> {
    /// The place of its handler.
    pub node: Node<'a>,
    /// How long it takes at least, in milliseconds.
    pub min_millis: u64,
    /// Why it never ends, whatever the container's process does.
    pub endless: Option<Endless>,
}

impl<'a> PostStart<'a> {
    /// Reads the hook; `None` when there is none, or one without a handler, which does nothing.
    ///
    /// # Errors
    /// When it has the wrong type.
    pub fn of(container: &Container<'a>) -> Result<Option<PostStart<'a>>, Malformed> {
        let node = container.get("lifecycle").mapping()?.get("postStart").mapping()?;
        let Some(PreStop { wait, handler, .. }) = PreStop::read(node)? else { return Ok(None) };
        let (node, words) = match handler {
            Handler::Exec => (node.get("exec").get("command"), words_of(node.get("exec").get("command"))?),
            Handler::Sleep => (node.get("sleep").get("seconds"), Vec::new()),
            Handler::HttpGet | Handler::TcpSocket => (node, Vec::new()),
        };
        // What waits for sockets or for a process may find none yet.
        let endless = endless(&words, false)
            .filter(|endless| matches!(endless, Endless::Sleep | Endless::Follow | Endless::Loop));
        Ok(Some(PostStart { node, min_millis: wait.min, endless }))
    }
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
    /// Opens a connection: accepted by the API, but no kubelet runs it.
    TcpSocket,
}

impl<'a> PreStop<'a> {
    /// Reads the hook; `None` when there is none, or one without a handler, which does nothing.
    ///
    /// # Errors
    /// When it has the wrong type.
    pub fn of(container: &Container<'a>) -> Result<Option<PreStop<'a>>, Malformed> {
        PreStop::read(container.get("lifecycle").mapping()?.get("preStop").mapping()?)
    }

    fn read(node: Node<'a>) -> Result<Option<PreStop<'a>>, Malformed> {
        let hook = |handler, wait| PreStop { node, handler, wait, stops_at: None, limit: None, flaw: None };
        if node.get("sleep").exists() {
            let seconds = node.get("sleep").get("seconds").int()?.unwrap_or_default();
            let millis = u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000);
            return Ok(Some(hook(Handler::Sleep, Span::exactly(millis))));
        }
        if node.get("exec").exists() {
            let words = words_of(node.get("exec").get("command"))?;
            let mut run = Run::default();
            let flaw = flaw_of(&words);
            let wait = match flaw {
                Some(Flaw::OneWord) => Span::ZERO,
                _ => run.words(&words, Span::ZERO, true, NESTED_SCRIPTS),
            };
            return Ok(Some(PreStop { stops_at: run.stops_at, limit: run.limit, flaw, ..hook(Handler::Exec, wait) }));
        }
        if node.get("httpGet").exists() {
            return Ok(Some(hook(Handler::HttpGet, Span::UNKNOWN)));
        }
        if node.get("tcpSocket").exists() {
            return Ok(Some(hook(Handler::TcpSocket, Span::ZERO)));
        }
        Ok(None)
    }

    /// How long the container's process keeps serving at most, in milliseconds; `None` when that is unknown.
    pub fn keeps_serving(&self) -> Option<u64> {
        self.stops_at.or(self.wait.max)
    }

    /// The longest known time that the hook may take, in milliseconds.
    pub fn longest(&self) -> u64 {
        self.wait.max.or(self.limit).unwrap_or_default().max(self.wait.min)
    }
}

/// How deep scripts may be nested.
const NESTED_SCRIPTS: u8 = 3;

/// Sleeps of this length, a day, are meant to last forever.
const FOREVER_MILLIS: u64 = 86_400_000;

/// The effects of a command while it runs.
#[derive(Default)]
struct Run {
    /// When it stops the container's process.
    stops_at: Option<u64>,
    /// The longest time limit that an option sets for one of its programs.
    limit: Option<u64>,
}

impl Run {
    /// The time that a command takes. `before` is the time since the start, and `certain` means that it certainly runs.
    fn words(&mut self, words: &[&str], before: Span, certain: bool, scripts: u8) -> Span {
        let Launched { words, limit_millis, .. } = launched(words);
        let taken = match invocation(words, SHELLS) {
            Invocation::Program("sleep", arguments) => match of_sleep(arguments) {
                span if span.min >= FOREVER_MILLIS => Span::UNKNOWN,
                span => span,
            },
            Invocation::Program(name, arguments) if QUICK.contains(&name) => {
                if certain && self.stops_at.is_none() && stops_process(name, arguments) {
                    self.stops_at = before.max;
                }
                Span::ZERO
            }
            Invocation::Program(_, arguments) => {
                self.limit = self.limit.max(own_limit(arguments));
                Span::UNKNOWN
            }
            Invocation::Script(script, _) if scripts > 0 => match pieces(script) {
                Some(pieces) => elapsed(&pieces, &mut |command, so_far, runs| {
                    // Kubernetes or the environment replaces `$(POD_NAME)`; it is not a program.
                    if command.substituted && command.words.iter().all(|word| is_variable(word)) {
                        return Span::ZERO;
                    }
                    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
                    self.words(&words, before.then(so_far), certain && runs, scripts - 1)
                }),
                None => Span::UNKNOWN,
            },
            _ if words.is_empty() => Span::ZERO,
            _ => Span::UNKNOWN,
        };
        taken.limited(limit_millis)
    }
}

fn is_variable(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Programs that return at once.
const QUICK: &[&str] = &[
    "echo",
    "printf",
    "true",
    "false",
    ":",
    "exit",
    "kill",
    "pkill",
    "killall",
    "nginx",
    "apachectl",
    "httpd",
    "touch",
    "rm",
    "mkdir",
    "cp",
    "mv",
    "date",
    "logger",
    "cd",
    "set",
    "export",
    "hostname",
    "cat",
    "tee",
    "test",
    "[",
    "[[",
    "((",
    "grep",
    "wc",
    "seq",
    "expr",
    "let",
    "break",
    "continue",
    "return",
    "",
];

/// True for a command that certainly stops the container's process.
fn stops_process(name: &str, arguments: &[&str]) -> bool {
    let has = |words: &[&str]| arguments.iter().any(|argument| words.contains(argument));
    match name {
        "nginx" => has(&["-s"]) && has(&["quit", "stop"]),
        "apachectl" | "httpd" => has(&["graceful-stop", "stop"]),
        "kill" => {
            let [options @ .., "1"] = arguments else { return false };
            let stop = |signal: &str| {
                let signal = signal.trim_start_matches('-');
                let signal = signal.strip_prefix("SIG").unwrap_or(signal);
                matches!(signal, "TERM" | "15" | "INT" | "2" | "QUIT" | "3" | "s" | "")
            };
            options.iter().all(|option| stop(option))
        }
        _ => false,
    }
}

/// The time limit that a program's option such as `--timeout=120s` sets, in milliseconds.
fn own_limit(arguments: &[&str]) -> Option<u64> {
    let mut longest = None;
    for (index, argument) in arguments.iter().enumerate() {
        let Some(option) = argument.strip_prefix('-') else { continue };
        let (name, value) = match option.trim_start_matches('-').split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option.trim_start_matches('-'), arguments.get(index + 1).copied()),
        };
        if matches!(name, "timeout" | "wait" | "drain-timeout" | "shutdown-timeout" | "wait-timeout" | "grace-period") {
            longest = longest.max(value.and_then(time_limit));
        }
    }
    longest
}

/// Why a command never ends while the container's process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// `sleep infinity`, or a sleep of days.
    Sleep,
    /// `tail -f`.
    Follow,
    /// A loop whose condition never changes and that nothing leaves.
    Loop,
    /// A loop that waits until nothing listens, in a script that does nothing to stop the process.
    Listening,
    /// A loop that waits for a process to end, in a script that does nothing to stop it.
    Process,
}

/// Why the command of a hook in exec form never ends; `None` if it does, or if that is unknown. `in_proxy` means that
/// it runs in a mesh's proxy, which may wait for other containers: `grep -v` then has to exclude its own sockets.
pub fn endless(words: &[&str], in_proxy: bool) -> Option<Endless> {
    match invocation(words, SHELLS) {
        Invocation::Program(name, arguments) => endless_program(name, arguments),
        Invocation::Script(script, _) => endless_script(&pieces(script)?, in_proxy),
        Invocation::Unknown => None,
    }
}

fn endless_program(name: &str, arguments: &[impl AsRef<str>]) -> Option<Endless> {
    let has = |wanted: &dyn Fn(&str) -> bool| arguments.iter().any(|argument| wanted(argument.as_ref()));
    match name {
        "sleep" => {
            let millis = sleep_millis(arguments.iter().map(AsRef::as_ref));
            let days = millis.is_some_and(|millis| millis >= FOREVER_MILLIS);
            (days || has(&|argument| matches!(argument, "infinity" | "inf"))).then_some(Endless::Sleep)
        }
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
        if !commands(pieces).all(is_inert) {
            continue;
        }
        if waits_for_no_listener(found, constant, in_proxy) {
            return Some(Endless::Listening);
        }
        if waits_for_process(found) && !in_proxy {
            return Some(Endless::Process);
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

/// True when the loop ends once a process has ended, and nothing else ends it.
fn waits_for_process(found: &Loop<'_>) -> bool {
    let leaves = commands(found.body).any(|command| LEAVING.contains(&command.program()));
    let counts = || commands(found.condition).chain(commands(found.body));
    if leaves || counts().any(|command| command.calculates || COUNTING.contains(&command.program())) {
        return false;
    }
    let [Piece::Command(command)] = found.condition else { return false };
    let arguments = command.arguments();
    let looks = match command.program() {
        "pgrep" | "pidof" => true,
        "kill" => arguments == ["-0", "1"],
        "[" | "test" => arguments.iter().any(|argument| argument == "/proc/1"),
        _ => false,
    };
    looks && !found.until
}

/// True when the loop ends once no socket listens any more.
fn waits_for_no_listener(found: &Loop<'_>, constant: bool, in_proxy: bool) -> bool {
    let all = || commands(found.condition).chain(commands(found.body));
    if all().any(|command| command.calculates || COUNTING.contains(&command.program())) {
        return false;
    }
    // `until netstat -l | grep -q` waits until a socket listens, not until none does; with a comparison it may be
    // either.
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
    // Connections end by themselves, unlike listening sockets.
    let only_connections = words().any(|(command, word)| {
        let word = word.to_ascii_lowercase();
        ["estab", "_wait", "-wait", "connected"].iter().any(|state| word.contains(state))
            || holds(&word, "listen") && inverts(command)
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
    "break", "exit", "return", "set", "pgrep", "pidof", "command", "type", "which", "",
];

fn is_inert(command: &Command) -> bool {
    match command.program() {
        // `xargs` alone trims; with arguments it runs a program.
        "xargs" => command.arguments().is_empty(),
        "kill" => command.arguments().first().is_some_and(|signal| signal == "-0"),
        program => INERT.contains(&program),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> (u64, Option<u64>) {
        let span = Run::default().words(words, Span::ZERO, true, NESTED_SCRIPTS);
        (span.min, span.max)
    }

    #[test]
    fn waits_are_read_from_commands() {
        for (words, min, max) in [
            (&["sleep", "15"][..], 15_000, Some(15_000)),
            (&["/bin/sleep", "1m"], 60_000, Some(60_000)),
            (&["sh", "-c", "sleep 5; nginx -s quit"], 5_000, Some(5_000)),
            (&["sh", "-c", "sleep 5 && sleep 2.5"], 7_500, Some(7_500)),
            (&["sh", "-c", "sleep 5; /app/drain"], 5_000, None),
            (&["sh", "-c", "/app/drain || sleep 5"], 0, None),
            (&["sh", "-c", "sleep 5 &"], 0, Some(0)),
            (&["sh", "-c", "sleep $DELAY"], 0, None),
            (&["sh", "-c", "while true; do sleep 1; done"], 0, None),
            (&["sh", "-c", "echo \"$(date) stopping $(POD_NAME)\" >/proc/1/fd/1; sleep 60"], 60_000, Some(60_000)),
            (&["bash", "-c", "for i in {1..60}; do sleep 1; done"], 60_000, Some(60_000)),
            (&["sh", "-c", "timeout 20 sh -c 'sleep 5; /app/drain'"], 5_000, Some(20_000)),
            (&["timeout", "20", "/app/drain"], 0, Some(20_000)),
            (&["rm", "-f", "/tmp/ready"], 0, Some(0)),
            (&["sleep 15"], 0, None),
            (&["/bin/sh", "-c", "sleep", "15"], 0, Some(0)),
            (&["sleep", "15", "&&", "nginx", "-s", "quit"], 0, Some(0)),
            (&["sleep", "15ms"], 0, Some(0)),
            (&["/app/drain"], 0, None),
            (&["sleep", "infinity"], 0, None),
            (&["sleep", "999999"], 0, None),
            (&[], 0, Some(0)),
        ] {
            assert_eq!(read(words), (min, max), "{words:?}");
        }
    }

    #[test]
    fn stop_of_the_process_ends_the_wait() {
        for (words, stops_at) in [
            (&["nginx", "-s", "quit"][..], Some(0)),
            (&["sh", "-c", "sleep 5; nginx -s quit; sleep 15"], Some(5_000)),
            (&["sh", "-c", "/usr/sbin/nginx -s stop"], Some(0)),
            (&["sh", "-c", "apachectl -k graceful-stop"], Some(0)),
            (&["kill", "-TERM", "1"], Some(0)),
            (&["sh", "-c", "sleep 1; kill 1"], Some(1_000)),
            (&["sh", "-c", "kill -s QUIT 1"], Some(0)),
            (&["kill", "-USR1", "1"], None),
            (&["kill", "-0", "1"], None),
            (&["kill", "-TERM", "12"], None),
            (&["nginx", "-s", "reload"], None),
            (&["sh", "-c", "/app/drain; nginx -s quit"], None),
            (&["sh", "-c", "/app/drain || nginx -s quit"], None),
            (&["sh", "-c", "if a; then nginx -s quit; fi; sleep 20"], None),
        ] {
            let mut run = Run::default();
            run.words(words, Span::ZERO, true, NESTED_SCRIPTS);
            assert_eq!(run.stops_at, stops_at, "{words:?}");
        }
    }

    #[test]
    fn own_timeouts_of_programs_are_limits() {
        for (words, limit) in [
            (&["/app/stop", "--timeout=120s"][..], Some(120_000)),
            (&["/app/stop", "-wait", "45"], Some(45_000)),
            (&["sh", "-c", "/app/stop --drain-timeout 2m; sleep 5"], Some(120_000)),
            (&["/app/stop", "--timeout", "--now"], None),
            (&["/app/stop", "--connect-timeout=5s"], None),
        ] {
            let mut run = Run::default();
            run.words(words, Span::ZERO, true, NESTED_SCRIPTS);
            assert_eq!(run.limit, limit, "{words:?}");
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
            ("sleep 999999", Some(Endless::Sleep)),
            ("while pgrep java >/dev/null; do sleep 1; done", Some(Endless::Process)),
            ("while kill -0 1; do sleep 1; done", Some(Endless::Process)),
            ("while [ -d /proc/1 ]; do sleep 1; done", Some(Endless::Process)),
            ("if command -v ss; then while ss -ltn | grep -q :80; do sleep 1; done; fi", Some(Endless::Listening)),
            (
                "if [ -z $SKIP ]; then while [ $(netstat -plunt | grep tcp | wc -l) -ne 0 ]; do sleep 1; done; fi",
                Some(Endless::Listening),
            ),
            (
                "while true; do if netstat -ltn | grep -q 80; then sleep 1; else exit 0; fi; done",
                Some(Endless::Listening),
            ),
            // These end, or may be ended.
            ("while true; do sleep 1; done &", None),
            ("sleep infinity & true", None),
            ("tail --pid=1 -f /dev/null", None),
            ("while true; do test -e /tmp/drained && break; sleep 1; done", None),
            ("while [ $i -lt 10 ]; do i=$((i+1)); sleep 1; done", None),
            ("while [ -e /tmp/busy ]; do sleep 1; done", None),
            ("pkill worker; while pgrep worker; do sleep 1; done", None),
            ("while pgrep worker && [ $i -lt 9 ]; do sleep 1; done", None),
            ("while pgrep worker; do sleep 1; test -e /tmp/go && exit; done", None),
            ("until pgrep worker; do sleep 1; done", None),
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
