//! Reads commands in exec form, as far as possible without running them: what they run, and through which other
//! programs.

use crate::json::node::{Malformed, Node};
use crate::text::duration::Duration;

/// The names of known shells.
pub const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh"];

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

/// True when the number is part of the word: 8081 of `--health-probe-addr=:8081`.
pub fn mentions_number(word: &str, number: &str) -> bool {
    word.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number)
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
    /// A shell with a script (`sh -c SCRIPT`), and the words after the script, which become `$0`, `$1`, ….
    Script(&'w str, &'w [&'w str]),
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
    script(rest).unwrap_or(Invocation::Unknown)
}

/// The script among the arguments of a shell: the first word after all options, if `-c` is one of them.
fn script<'w>(arguments: &'w [&'w str]) -> Option<Invocation<'w>> {
    let mut rest = arguments;
    let mut takes_script = false;
    while let Some((word, more)) = rest.split_first() {
        match *word {
            "--" | "-" => {
                rest = more;
                break;
            }
            "--rcfile" | "--init-file" => rest = more.get(1..)?,
            word if word.starts_with("--") => rest = more,
            word if word.starts_with(['-', '+']) => {
                takes_script |= word.starts_with('-') && word.contains('c');
                // Each `o` takes a word of its own: `-eo pipefail`.
                rest = more.get(word.bytes().filter(|letter| matches!(letter, b'o' | b'O')).count()..)?;
            }
            _ => break,
        }
    }
    let (script, arguments) = rest.split_first()?;
    takes_script.then_some(Invocation::Script(script, arguments))
}

/// An init that a command is started through, and which processes it forwards signals to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Its child alone.
    Child,
    /// The whole process group of its child.
    Group,
}

/// A command without the programs that only start it, such as `env`, `timeout` and `tini`.
#[derive(Debug, PartialEq, Eq)]
pub struct Launched<'w> {
    /// The command itself.
    pub words: &'w [&'w str],
    /// The time limit that `timeout` sets, in milliseconds.
    pub limit_millis: Option<u64>,
    /// The init in front of it.
    pub init: Option<Init>,
}

/// Skips the programs that only start another one.
pub fn launched<'w>(words: &'w [&'w str]) -> Launched<'w> {
    let mut launched = Launched { words, limit_millis: None, init: None };
    while let Some((first, rest)) = launched.words.split_first() {
        launched.words = match program(first) {
            "exec" | "nohup" => rest,
            "command" | "nice" => after_options(rest, &["-n"]),
            "gosu" | "su-exec" => rest.get(1..).unwrap_or_default(),
            "env" => {
                let rest = after_options(rest, &["-u", "-C"]);
                let assigned = rest.iter().take_while(|word| word.contains('=')).count();
                rest.get(assigned..).unwrap_or_default()
            }
            "timeout" => {
                let (limit, inner) = under_timeout(rest);
                launched.limit_millis = shorter(launched.limit_millis, limit);
                inner
            }
            "tini" | "tini-static" | "docker-init" | "catatonit" => {
                let inner = after_options(rest, &["-p", "-e"]);
                let options = rest.get(..rest.len() - inner.len()).unwrap_or_default();
                let group = options.iter().any(|option| !option.starts_with("--") && option.contains('g'));
                launched.init = Some(if group { Init::Group } else { Init::Child });
                inner
            }
            "dumb-init" => {
                let inner = after_options(rest, &["-r", "--rewrite"]);
                let options = rest.get(..rest.len() - inner.len()).unwrap_or_default();
                let child = options.iter().any(|option| matches!(*option, "-c" | "--single-child"));
                launched.init = Some(if child { Init::Child } else { Init::Group });
                inner
            }
            _ => break,
        };
    }
    launched
}

/// The words after the options of a program. Those that are `valued` take the next word.
fn after_options<'w>(words: &'w [&'w str], valued: &[&str]) -> &'w [&'w str] {
    let mut rest = words;
    while let Some((word, more)) = rest.split_first() {
        match *word {
            "--" => return more,
            word if valued.contains(&word) => rest = more.get(1..).unwrap_or_default(),
            word if word.starts_with('-') => rest = more,
            _ => break,
        }
    }
    rest
}

/// The limit that `timeout` sets, and the command under it.
fn under_timeout<'w>(arguments: &'w [&'w str]) -> (Option<u64>, &'w [&'w str]) {
    // Older versions of busybox take the limit as an option.
    if let ["-t", limit, command @ ..] = arguments {
        return (time_limit(limit), command);
    }
    match after_options(arguments, &["-s", "-k", "--signal", "--kill-after"]) {
        [limit, command @ ..] => (time_limit(limit), command),
        [] => (None, &[]),
    }
}

/// The shorter of two limits, either of which may be missing.
pub(super) fn shorter(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// A duration as programs take it: seconds with or without a unit, or in Go's format. 0 means no limit.
pub fn time_limit(text: &str) -> Option<u64> {
    let millis = sleep_millis([text]).or_else(|| u64::try_from(Duration::parse(text)?.millis()).ok());
    millis.filter(|millis| *millis > 0)
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

    #[test]
    fn shells_with_scripts_are_recognized() {
        for (words, script, arguments) in [
            (&["/bin/sh", "-c", "a b"][..], "a b", &[][..]),
            (&["bash", "-euo", "pipefail", "-c", "a"], "a", &[]),
            (&["bash", "-c", "-o", "pipefail", "a"], "a", &[]),
            (&["sh", "-ec", "a"], "a", &[]),
            (&["sh", "-c", "--", "a"], "a", &[]),
            (&["sh", "-c", "-x", "a"], "a", &[]),
            (&["sh", "-c", "-ex", "--", "-a"], "-a", &[]),
            (&["bash", "--norc", "-lc", "a"], "a", &[]),
            (&["sh", "-c", "sleep", "15"], "sleep", &["15"]),
        ] {
            assert_eq!(invocation(words, SHELLS), Invocation::Script(script, arguments), "{words:?}");
        }
        for (words, program, arguments) in
            [(&["/bin/sleep", "5"][..], "sleep", &["5"][..]), (&["busybox", "sleep", "5"], "sleep", &["5"])]
        {
            assert_eq!(invocation(words, SHELLS), Invocation::Program(program, arguments), "{words:?}");
        }
        for words in
            [&["sh", "/run.sh"][..], &["sh", "/run.sh", "-c"], &["sh"], &["sh", "-c"], &["sh", "-c", "-x"], &[]]
        {
            assert_eq!(invocation(words, SHELLS), Invocation::Unknown, "{words:?}");
        }
    }

    #[test]
    fn programs_that_only_start_others_are_skipped() {
        for (words, inner, limit, init) in [
            (&["a", "b"][..], &["a", "b"][..], None, None),
            (&["/usr/bin/env", "-i", "A=1", "bash", "-c", "a"], &["bash", "-c", "a"], None, None),
            (&["timeout", "-s", "KILL", "1m", "a"], &["a"], Some(60_000), None),
            (&["timeout", "-t", "2", "a"], &["a"], Some(2_000), None),
            (&["timeout", "5", "timeout", "9", "a"], &["a"], Some(5_000), None),
            (&["/sbin/tini", "--", "sh", "-c", "a"], &["sh", "-c", "a"], None, Some(Init::Child)),
            (&["tini", "-sg", "--", "a"], &["a"], None, Some(Init::Group)),
            (&["tini", "-p", "SIGTERM", "a"], &["a"], None, Some(Init::Child)),
            (&["dumb-init", "--rewrite", "15:3", "--", "a"], &["a"], None, Some(Init::Group)),
            (&["dumb-init", "-c", "a"], &["a"], None, Some(Init::Child)),
            (&["gosu", "app", "a"], &["a"], None, None),
            (&["timeout"], &[], None, None),
            (&[], &[], None, None),
        ] {
            assert_eq!(launched(words), Launched { words: inner, limit_millis: limit, init }, "{words:?}");
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
            (&["15ms"], None),
            (&["infinity"], None),
            (&["$N"], None),
            (&[], None),
            (&["99999999999999999999"], None),
        ] {
            assert_eq!(sleep_millis(arguments.iter().copied()), millis, "{arguments:?}");
        }
    }
}
