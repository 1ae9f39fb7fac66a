use crate::kube::probe::{Handler, Probe};
use crate::policies::prelude::*;
use crate::text::flaw::flaw_of;
use crate::text::probe_client::{ignores_status, output_of_curl};
use crate::text::script::{Command, Piece, commands, pieces};
use crate::text::shell::{Invocation, SHELLS, invocation, launched, program};

/// ## What it does
/// Reports exec probes whose result doesn't depend on the container:
///
/// - probes that can't fail: `true`, `echo ok`, and scripts that end in `|| true`, `; exit 0` and the like;
/// - `curl` without `--fail`, which succeeds on every HTTP status, 500 included. Where the output is piped into another
///   command, that command decides;
/// - probes that can't pass: a command in one word (`["cat /tmp/healthy"]`), shell operators without a shell
///   (`[pg_isready, "&&", "true"]`), and `sh -c` with its script in several words.
///
/// ## Why
/// A readiness probe that can't fail sends traffic to pods that can't serve, and a liveness probe that can't fail never
/// restarts a hung container, while both look as if somebody had taken care of it. A probe that can't pass keeps the
/// pod unready, or restarts it forever.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   exec:
///     command: [curl, --fail, --silent, --max-time, "1", "http://localhost:8080/ready"]
///   timeoutSeconds: 2
/// ```
/// Or let the kubelet do it: `httpGet`, `tcpSocket` and `grpc` need no program in the image.
///
/// ## Limits
/// What programs and scripts in the image do can't be seen. Scripts that set `-e` or exit with a status of their own
/// are accepted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct VacuousProbe {}

impl Policy for VacuousProbe {
    const METADATA: Metadata = Metadata {
        id: "vacuous-probe",
        title: "Probes can fail and can pass",
        why: "a probe that can't fail hides every failure",
        help: "let the probe's command exit with 0 only if the container is healthy",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            for probe in Probe::all(container) {
                report(container, &probe?, out)?;
            }
        }
        Ok(())
    }
}

fn report(container: &Container<'_>, probe: &Probe<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Handler::Exec { command } = probe.handler()? else { return Ok(()) };
    let place = probe.get("exec").get("command");
    let title = text![container.title(), ": the "];
    let probe = probe.purpose().title();
    if let Some(flaw) = flaw_of(&command) {
        let message = text![title, "command of the ", probe, " ", flaw.message()];
        let why = "a probe that can't pass keeps the pod unready, or restarts it forever";
        out.report(place, message).container(container).why(why).help(flaw.help());
        return Ok(());
    }
    match verdict(&command) {
        Verdict::Succeeds => {
            out.report(place, text![title, probe, " can't fail: its command always succeeds"]).container(container);
        }
        Verdict::IgnoresStatus => {
            let message = text![title, probe, " passes on every HTTP status: curl runs without --fail"];
            out.report(place, message).container(container).help("add --fail to curl, or use httpGet");
        }
        Verdict::Unknown => {}
    }
    Ok(())
}

/// What the result of a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Nothing: it always succeeds.
    Succeeds,
    /// Whether there was an answer, whatever its status.
    IgnoresStatus,
    /// Something, as far as can be seen.
    Unknown,
}

/// Commands that always succeed.
const SUCCEEDING: &[&str] = &["true", ":", "echo", "printf", "sleep", "pwd", "uname", "whoami"];

/// True for a command whose status doesn't depend on the container.
fn always_succeeds(name: &str, arguments: &[&str]) -> bool {
    match name {
        "hostname" => arguments.is_empty(),
        // They look for the user or the file that they are asked about.
        "id" => arguments.iter().all(|argument| argument.starts_with('-')),
        "date" => arguments.iter().all(|argument| argument.starts_with('+') || *argument == "-u"),
        name => SUCCEEDING.contains(&name) || only_looks(name, arguments),
    }
}

/// True for what can always be opened: the null device, the outputs that the shell has, and their numbers.
fn is_always_open(file: impl AsRef<str>) -> bool {
    let file = file.as_ref();
    let is_number = !file.is_empty() && file.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        || ["/dev/null", "/dev/stdout", "/dev/stderr"].contains(&file)
        || file.starts_with("/proc/1/fd/")
        || file.starts_with("/proc/self/fd/")
}

/// True unless the command may fail because of a file that its input or output is redirected to, such as `/dev/tcp/…`.
fn opens_nothing(command: &Command) -> bool {
    command.inputs.iter().chain(&command.outputs).all(is_always_open)
}

fn verdict(words: &[&str]) -> Verdict {
    let words = launched(words).words;
    match invocation(words, SHELLS) {
        Invocation::Program(name, arguments) if always_succeeds(name, arguments) => Verdict::Succeeds,
        Invocation::Program(name, arguments) if ignores_status(name, arguments) => Verdict::IgnoresStatus,
        Invocation::Script(script, _) => {
            // An option `-e`, in front of the script.
            let strict = words.iter().take_while(|word| **word != script).any(|word| is_strict(word));
            pieces(script).map_or(Verdict::Unknown, |pieces| of_script(&pieces, strict))
        }
        _ => Verdict::Unknown,
    }
}

/// True when the program looks only at files that are there as long as the container is.
fn only_looks(name: &str, arguments: &[&str]) -> bool {
    const LOOKING: &[&str] = &["cat", "head", "ls", "stat", "tail"];
    const ALWAYS_THERE: &[&str] = &[
        "/",
        "/bin",
        "/dev",
        "/dev/null",
        "/etc",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/proc",
        "/sys",
        "/usr",
    ];
    let is_there = |path: &&str| {
        let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        ALWAYS_THERE.contains(&path) || path.starts_with("/proc/1/") || path.starts_with("/proc/self/")
    };
    let mut files = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    LOOKING.contains(&name) && files.peek().is_some() && files.all(is_there)
}

fn is_strict(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains('e') || ["errexit", "pipefail"].contains(&word)
}

fn of_script(pieces: &[Piece], strict: bool) -> Verdict {
    let own = || commands(pieces).filter(|command| !command.substituted);
    // The command's status is what it exits with, unless something else decides before.
    let decides = |command: &Command| match command.program() {
        "exit" | "return" => command.arguments() != ["0"],
        "set" => command.arguments().iter().any(|argument| is_strict(argument)),
        // The last ones let the kubelet see for itself.
        "trap" | "eval" | "." | "source" | "kill" | "pkill" | "killall" => true,
        _ => false,
    };
    if own().any(decides) {
        return if ignores(pieces) { Verdict::IgnoresStatus } else { Verdict::Unknown };
    }
    let joint = |piece: &&Piece| !matches!(piece, Piece::Command(command) if command.substituted);
    let succeeds = match pieces.split_last() {
        Some((Piece::Command(last), rest)) => {
            let arguments: Vec<&str> = last.arguments().iter().map(String::as_str).collect();
            let succeeds = last.program() == "exit" || always_succeeds(last.program(), &arguments);
            let always = succeeds && opens_nothing(last);
            match rest.iter().rev().find(joint) {
                Some(Piece::Or | Piece::Pipe) | None => always,
                Some(Piece::And | Piece::Keyword(_)) => false,
                Some(_) => always && !strict,
            }
        }
        _ => false,
    };
    match succeeds {
        true => Verdict::Succeeds,
        false if ignores(pieces) => Verdict::IgnoresStatus,
        false => Verdict::Unknown,
    }
}

/// True when the script runs curl so that it succeeds on every status, and doesn't look at its output.
fn ignores(pieces: &[Piece]) -> bool {
    let is_alone = commands(pieces).count() == 1;
    pieces.iter().enumerate().any(|(index, piece)| {
        let Piece::Command(command) = piece else { return false };
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        let [path, arguments @ ..] = launched(&words).words else { return false };
        let name = program(path);
        // Into a file that another command may read.
        let is_saved = !command.outputs.iter().all(is_always_open)
            || !is_alone && output_of_curl(name, arguments).is_some_and(|file| !is_always_open(file));
        let is_read = command.substituted || pieces.get(index + 1) == Some(&Piece::Pipe);
        ignores_status(name, arguments) && !is_saved && !is_read && !is_inverted(pieces, index)
    })
}

/// True for the command after a `!` that inverts the status of the script, rather than a condition in it.
fn is_inverted(pieces: &[Piece], index: usize) -> bool {
    let before = |count: usize| index.checked_sub(count).and_then(|at| pieces.get(at));
    before(1) == Some(&Piece::Keyword("!"))
        && !matches!(before(2), Some(Piece::Keyword("if" | "elif" | "while" | "until")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_cannot_fail_are_recognized() {
        for (words, expected) in [
            (&["true"][..], Verdict::Succeeds),
            (&["/bin/true"], Verdict::Succeeds),
            (&["sh", "-c", "curl -f localhost || true"], Verdict::Succeeds),
            (&["sh", "-c", "curl -f localhost || echo unhealthy"], Verdict::Succeeds),
            (&["sh", "-c", "/app/check; exit 0"], Verdict::Succeeds),
            (&["sh", "-c", "/app/check\ntrue\n"], Verdict::Succeeds),
            (&["sh", "-c", "echo $(/app/check)"], Verdict::Succeeds),
            (&["sh", "-c", "/app/check | echo"], Verdict::Succeeds),
            (&["curl", "-s", "http://localhost/ready"], Verdict::IgnoresStatus),
            (&["timeout", "1", "curl", "-s", "localhost"], Verdict::IgnoresStatus),
            (&["sh", "-c", "curl -s localhost || exit 1"], Verdict::IgnoresStatus),
            (&["curl", "-fsS", "localhost"], Verdict::Unknown),
            (&["curl", "--fail-with-body", "localhost"], Verdict::Unknown),
            (&["curl", "-sSo", "/dev/null", "-f", "localhost"], Verdict::Unknown),
            (&["curl", "--unix-socket", "/run/app.sock", "ftp://localhost"], Verdict::Unknown),
            (&["sh", "-c", "curl -s localhost | grep -q ok"], Verdict::Unknown),
            (&["sh", "-c", "test $(curl -so /dev/null -w '%{http_code}' localhost) = 200"], Verdict::Unknown),
            (&["sh", "-c", "/app/check && echo ok"], Verdict::Unknown),
            (&["sh", "-c", "set -e; /app/check; echo ok"], Verdict::Unknown),
            (&["sh", "-ec", "/app/check; echo ok"], Verdict::Unknown),
            (&["sh", "-c", "/app/check || exit 1; echo ok"], Verdict::Unknown),
            (&["sh", "-c", "if /app/check; then exit 0; else exit 1; fi"], Verdict::Unknown),
            (&["sh", "-c", "! true"], Verdict::Unknown),
            (&["bash", "-c", "echo > /dev/tcp/localhost/5432"], Verdict::Unknown),
            (&["bash", "-c", "(: < /dev/tcp/localhost/5432) 2>/dev/null"], Verdict::Unknown),
            (&["sh", "-c", "echo ok > /data/probe"], Verdict::Unknown),
            (&["sh", "-c", "true < /tmp/ready"], Verdict::Unknown),
            (&["sh", "-c", "/app/check || echo unhealthy >&2"], Verdict::Succeeds),
            (&["sh", "-c", "/app/check; true >/dev/null 2>&1"], Verdict::Succeeds),
            (&["sh", "-c", "/app/check || kill 1; true"], Verdict::Unknown),
            (&["bash", "-c", "set -o pipefail; /app/check | echo"], Verdict::Unknown),
            (&["id"], Verdict::Succeeds),
            (&["id", "-u"], Verdict::Succeeds),
            (&["id", "app"], Verdict::Unknown),
            (&["date", "-u", "+%s"], Verdict::Succeeds),
            (&["date", "-r", "/tmp/beat"], Verdict::Unknown),
            (&["hostname"], Verdict::Succeeds),
            (&["hostname", "-f"], Verdict::Unknown),
            (&["curl", "-K", "/etc/probe.cfg", "localhost"], Verdict::Unknown),
            (&["curl", "--config", "/etc/probe.cfg"], Verdict::Unknown),
            (&["sh", "-c", "/usr/bin/curl -s localhost >/dev/null || exit 1"], Verdict::IgnoresStatus),
            (&["sh", "-c", "curl -s localhost >/tmp/out; grep -q ok /tmp/out"], Verdict::Unknown),
            (&["sh", "-c", "curl -so /tmp/out localhost && grep -q ok /tmp/out"], Verdict::Unknown),
            (&["sh", "-c", "curl -so /tmp/out localhost"], Verdict::IgnoresStatus),
            (&["sh", "-c", "curl -so /dev/null localhost && /app/check"], Verdict::IgnoresStatus),
            (&["sh", "-c", "! curl -s localhost/stopping"], Verdict::Unknown),
            (&["sh", "-c", "if ! curl -s localhost; then exit 1; fi"], Verdict::IgnoresStatus),
            (&["cat", "/tmp/healthy"], Verdict::Unknown),
            (&["cat", "/proc/1/status"], Verdict::Succeeds),
            (&["sh", "-c", "cat /proc/1/status"], Verdict::Succeeds),
            (&["ls", "-l", "/"], Verdict::Succeeds),
            (&["ls", "/data"], Verdict::Unknown),
            (&["ls", "/", "/data"], Verdict::Unknown),
            (&["cat", "/proc/7/status"], Verdict::Unknown),
            (&["cat"], Verdict::Unknown),
            (&["sh", "/check.sh"], Verdict::Unknown),
            (&[], Verdict::Unknown),
        ] {
            assert_eq!(verdict(words), expected, "{words:?}");
        }
    }
}
