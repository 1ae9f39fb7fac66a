//! Lifecycle hooks, and how long they hold a container's end back.

use crate::kube::container::Container;
use crate::kube::node::{Malformed, Node};
use crate::kube::shell::{
    Invocation, SHELLS, SimpleCommand, Then, invocation, simple_commands, sleep_millis, words_of,
};

/// A container's preStop hook.
pub struct PreStop<'a> {
    /// Its place, which is there: `lifecycle.preStop`.
    pub node: Node<'a>,
    /// What it does.
    pub handler: Handler,
    /// What is known of how long it takes.
    pub wait: Wait,
}

/// What a hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Runs a command in the container.
    Exec,
    /// Asks the container over HTTP.
    HttpGet,
    /// Sleeps, without needing anything in the image.
    Sleep,
}

/// How long a hook takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// That long.
    Exactly(u64),
    /// That long, and then something whose time can't be read.
    AtLeast(u64),
}

impl Wait {
    /// The time that is certain.
    pub fn certain_millis(self) -> u64 {
        match self {
            Wait::Exactly(millis) | Wait::AtLeast(millis) => millis,
        }
    }
}

impl<'a> PreStop<'a> {
    /// Reads the hook; `None` when there is none, also when it has no handler, which does nothing.
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

/// Milliseconds as seconds: `15`, `2.5`.
pub fn in_seconds(millis: u64) -> String {
    let whole = (millis / 1_000).to_string();
    let thousandths = (1_000 + millis % 1_000).to_string();
    match thousandths.get(1..).unwrap_or_default().trim_end_matches('0') {
        "" => whole,
        fraction => [&whole, ".", fraction].concat(),
    }
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

/// Programs that answer at once: they ask for something, or say something, and don't wait for it.
const QUICK: &[&str] =
    &["echo", "printf", "true", ":", "exit", "kill", "pkill", "killall", "nginx", "touch", "rm", "date", "logger", ""];

fn script_wait(commands: &[SimpleCommand]) -> Wait {
    let mut millis: u64 = 0;
    let mut exact = true;
    // Behind `||` a command only runs when the one before failed, which is no wait to count on.
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
    fn reads_waits() {
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
}
