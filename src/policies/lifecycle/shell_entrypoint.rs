use crate::kube::entrypoint::Entrypoint;
use crate::policies::prelude::*;
use crate::text::script::{Command, Piece, block_end, commands, pieces};
use crate::text::shell::{Init, SHELLS, sleep_millis};

/// ## What it does
/// Reports app and sidecar containers of long-running workloads that `command` and `args` start through a shell (`sh -c
/// …`) whose last command doesn't replace the shell with `exec`. The same goes for a shell under an init such as `tini`
/// that signals only its child (`tini -g` and `dumb-init` signal the whole process group), and for a shell whose endless loop
/// starts a program again whenever it exits. A loop that does a job every now and then (`while true; do ./sync; sleep 60; done`)
/// is not reported.
///
/// Accepted are scripts that set a `trap` or hand over to another script or a variable, containers that only idle
/// (`sleep infinity`), scripts that end in a condition, and `bash` and `zsh`, which exec the last command of
/// a script on their own. Other shells do so only in newer versions, and only some of them: for a single command the
/// finding has severity low.
///
/// ## Why
/// The shell is PID 1 of the container, and SIGTERM goes to PID 1 only. A shell neither exits on it nor forwards it:
/// the program never learns of the shutdown, drains nothing, and is killed when the grace period ends. Every rollout
/// takes that long, and requests are cut off.
///
/// ## What to write
/// ```yaml
/// command: [sh, -c]
/// args: ["./migrate && exec ./server --port=$PORT"]
/// ```
/// Without a shell (`command: [./server]`) the problem doesn't arise.
///
/// ## Limits
/// Pods with `shareProcessNamespace` or `hostPID` are left alone: the shell isn't PID 1 there. A container without
/// `command` starts the image's entrypoint, which can't be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ShellEntrypoint {
    /// The names of shells.
    pub shells: Vec<String>,
}

impl Default for ShellEntrypoint {
    fn default() -> ShellEntrypoint {
        ShellEntrypoint { shells: SHELLS.iter().map(|&shell| shell.to_owned()).collect() }
    }
}

/// Shells that put the last command of a script in their place on their own.
const REPLACED_SHELLS: &[&str] = &["bash", "zsh"];

/// Commands that make the shell handle signals, or run something that isn't written here.
const UNKNOWN: &[&str] = &["trap", "eval"];

/// Commands that the shell runs itself, so that `exec` can't start them.
const BUILTINS: &[&str] = &[
    ".", ":", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "exec", "exit", "export",
    "fg", "getopts", "hash", "jobs", "let", "local", "read", "readonly", "return", "set", "shift", "shopt", "source",
    "times", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait",
];

/// Programs that keep a container idle. As PID 1 they ignore SIGTERM like a shell.
const IDLE: &[&str] = &["sleep", "tail", "cat"];

impl Policy for ShellEntrypoint {
    const METADATA: Metadata = Metadata {
        id: "shell-entrypoint",
        title: "The program is PID 1, not a shell",
        why: "a shell does not forward SIGTERM, and the program is killed without having drained",
        help: "put exec in front of the script's last command, or start the program without a shell",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::ENTRYPOINT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let is_set = |field| Ok::<_, Malformed>(pod.spec().get(field).bool()? == Some(true));
        // Windows has no SIGTERM.
        if pod.is_windows() || is_set("shareProcessNamespace")? || is_set("hostPID")? {
            return Ok(());
        }
        for container in pod.long_running_containers() {
            self.report(container, out)?;
        }
        Ok(())
    }
}

impl ShellEntrypoint {
    fn report(&self, container: &Container<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let Some(entrypoint) = Entrypoint::of(container, &self.shells)? else { return Ok(()) };
        // An init that signals the whole process group reaches the program behind the shell.
        if entrypoint.init == Some(Init::Group) {
            return Ok(());
        }
        let Some(pieces) = pieces(entrypoint.script) else { return Ok(()) };
        if let Some(again) = looped(&pieces) {
            let runs = text![container.title(), " starts ", again.program(), " in an endless loop of a shell"];
            out.report(entrypoint.node, text![runs, ", which does not forward SIGTERM and never ends"])
                .container(container)
                .help("exec the program once: the kubelet restarts the container when it exits");
            return Ok(());
        }
        let Some(last) = kept_for(&pieces, entrypoint.shell) else { return Ok(()) };
        let runs = text![container.title(), " runs under ", entrypoint.shell, " -c without exec: "];
        let effect = match entrypoint.init {
            Some(_) => "the init signals only the shell, which does not forward SIGTERM",
            None => "the shell is PID 1 and does not forward SIGTERM",
        };
        let finding = out.report(entrypoint.node, text![runs, effect]).container(container);
        let only = pieces.iter().filter(|piece| !is_substituted(piece)).count() == 1;
        // Newer shells replace themselves with a single command; which do depends on the image.
        let finding = if only { finding.severity(Severity::Low) } else { finding };
        if only && let Some(script) = with_exec(entrypoint.script, last) {
            let title = "put exec in front of the script's only command";
            finding.safe_fix(title, vec![Edit::set(entrypoint.node, script)]);
        }
        Ok(())
    }
}

/// The program that an endless loop at the end of a script starts again and again; `None` for a job between two longer pauses.
fn looped(pieces: &[Piece]) -> Option<&Command> {
    let ends_script = |start: &usize| block_end(pieces, *start) == pieces.len().checked_sub(1);
    let start = (0..pieces.len()).find(ends_script)?;
    let (repeats, body) = match pieces.get(start..)? {
        [Piece::Keyword("while"), Piece::Command(condition), Piece::Keyword("do"), body @ ..] => {
            (matches!(condition.program(), "true" | ":"), body)
        }
        [Piece::Keyword("until"), Piece::Command(condition), Piece::Keyword("do"), body @ ..] => {
            (condition.program() == "false", body)
        }
        _ => return None,
    };
    if !repeats {
        return None;
    }
    for command in commands(pieces) {
        let program = command.program();
        if UNKNOWN.contains(&program) || command.is_exec() || program.starts_with('$') {
            return None;
        }
    }
    let mut found = None;
    for command in commands(body) {
        let program = command.program();
        if program == "sleep" {
            let millis = sleep_millis(command.arguments().iter().map(String::as_str));
            if millis.is_none_or(|millis| millis > LONGEST_RESTART) {
                return None;
            }
        }
        let is_passing = command.substituted || program.is_empty() || IN_PASSING.contains(&program);
        if !is_passing && !BUILTINS.contains(&program) && !IDLE.contains(&program) {
            found = found.or(Some(command));
        }
    }
    found
}

/// Programs that scripts run in passing.
const IN_PASSING: &[&str] = &["[", "[[", "date", "echo", "printf", "test"];

/// The longest pause, in milliseconds, before a loop starts its program again. After a longer one it does a job.
const LONGEST_RESTART: u64 = 5000;

fn is_substituted(piece: &Piece) -> bool {
    matches!(piece, Piece::Command(command) if command.substituted)
}

/// The last command of a script, if the shell certainly keeps running while it does.
fn kept_for<'p>(pieces: &'p [Piece], shell: &str) -> Option<&'p Command> {
    let mut subshells: usize = 0;
    let mut before = None;
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open => subshells += 1,
            Piece::Close => subshells = subshells.saturating_sub(1),
            Piece::Command(command) if !command.substituted => {
                let first = command.words.first().map_or("", String::as_str);
                if UNKNOWN.contains(&command.program()) || first.starts_with('$') {
                    return None;
                }
                // In a pipeline, a subshell or the background, `exec` replaces another process than PID 1.
                let after = pieces.get(index + 1);
                let apart = before == Some(&Piece::Pipe)
                    || matches!(after, Some(Piece::Pipe | Piece::Background))
                    || subshells > 0;
                if command.is_exec() && !apart {
                    return None;
                }
            }
            _ => {}
        }
        if !is_substituted(piece) {
            before = Some(piece);
        }
    }
    let (last, rest) = pieces.split_last()?;
    let last = match last {
        Piece::Command(last) => last,
        Piece::Background => return commands(rest).last(),
        // A script that ends in a block is not understood any further.
        _ => return None,
    };
    let program = last.program();
    if matches!(program, "." | "source" | "exit") || IDLE.contains(&program) || program.is_empty() {
        return None;
    }
    let joined = rest.iter().rev().find(|piece| !is_substituted(piece));
    let alone = !matches!(joined, Some(Piece::Pipe | Piece::Keyword(_)));
    let replaces = REPLACED_SHELLS.contains(&shell) && alone && !last.redirected && !BUILTINS.contains(&program);
    (!replaces).then_some(last)
}

/// The script with `exec` in front of its only command, if that starts a program.
fn with_exec(script: &str, command: &Command) -> Option<String> {
    let starts = script.trim_start();
    let first = command.words.first()?;
    // After assignments, redirections or a comment, `exec` would not go at the start of the script.
    let plain = !command.assigned && !starts.starts_with(['#', '<', '>', '-', '&', '|', ';']);
    if !plain || BUILTINS.contains(&first.as_str()) {
        return None;
    }
    let (blank, _) = script.split_at_checked(script.len() - starts.len())?;
    Some(text![blank, "exec ", starts])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exec_is_added_to_a_single_simple_command() {
        for (script, expected) in [
            ("java -jar app.jar", Some("exec java -jar app.jar")),
            ("\n  $HOME/app \\\n  --port=80 >log 2>&1\n", Some("\n  exec $HOME/app \\\n  --port=80 >log 2>&1\n")),
            ("app --ip $(hostname -i);", Some("exec app --ip $(hostname -i);")),
            ("X=1 app", None),
            ("# start\napp", None),
            (">log app", None),
            ("-x app", None),
            ("cd /srv", None),
        ] {
            let pieces = pieces(script).unwrap();
            let command = commands(&pieces).last().unwrap();
            assert_eq!(with_exec(script, command).as_deref(), expected, "{script:?}");
        }
    }

    #[test]
    fn endless_loops_of_programs_are_found() {
        for (script, expected) in [
            ("while true; do ./server; done", Some("server")),
            ("cd /srv\nwhile :; do\n  echo starting\n  ./server --port=80\n  sleep 1\ndone", Some("server")),
            ("until false; do if test -f x; then ./server; fi; done", Some("server")),
            ("while true; do ./sync; sleep 60; done", None),
            ("while true; do ./sync; sleep $PAUSE; done", None),
            ("while true; do echo alive; sleep 1; done", None),
            ("while true; do trap 'kill 0' TERM; ./server; done", None),
            ("while true; do exec ./server; done", None),
            ("while test -f x; do ./server; done", None),
            ("while true; do ./server; done; ./other", None),
            ("./wait-for-db; while true; do echo alive; done", None),
            ("./server", None),
        ] {
            let pieces = pieces(script).unwrap();
            assert_eq!(looped(&pieces).map(Command::program), expected, "{script}");
        }
    }

    #[test]
    fn shell_is_kept_for_the_last_command() {
        for (shell, script, kept) in [
            ("sh", "./server", Some("server")),
            ("sh", "./migrate && ./server", Some("server")),
            ("sh", "source /env && ./server", Some("server")),
            ("sh", "./migrate && tini -- ./server", Some("tini")),
            ("sh", "if [ -n \"$X\" ]; then export Y=1; fi; ./server", Some("server")),
            ("sh", "export IP=$(hostname -i); ./server --ip $IP", Some("server")),
            ("sh", "./server --port=$(PORT)", Some("server")),
            ("sh", "(exec ./a); ./server", Some("server")),
            ("sh", "./a & ./b & wait", Some("wait")),
            ("sh", "exec ./server &", Some("server")),
            ("sh", "cat seed | exec ./server --ip $(hostname -i)", Some("server")),
            ("sh", "./server --ip $($DISCOVER)", Some("server")),
            ("bash", "./server | tee log", Some("tee")),
            ("bash", "./server >log", Some("server")),
            ("bash", "./a & wait", Some("wait")),
            ("bash", "time ./server", Some("server")),
            ("bash", "./server", None),
            ("bash", "cd /app && ./server", None),
            ("zsh", "./a\n./server\n", None),
            ("sh", "exec ./server", None),
            ("sh", "(cd /data && ./migrate); exec ./server", None),
            ("sh", "test -x ./a && exec ./a || ./b", None),
            ("sh", "if a; then exec ./a; fi; ./b", None),
            ("sh", "trap 'kill %1' TERM; ./server & wait", None),
            ("sh", ". /run.sh", None),
            ("sh", "$START", None),
            ("sh", "while true; do ./sync; sleep 30; done", None),
            ("sh", "sleep infinity", None),
            ("sh", "X=1", None),
            ("sh", "exit 1", None),
            ("sh", "", None),
        ] {
            let pieces = pieces(script).unwrap();
            assert_eq!(kept_for(&pieces, shell).map(Command::program), kept, "{shell}: {script}");
        }
    }
}
