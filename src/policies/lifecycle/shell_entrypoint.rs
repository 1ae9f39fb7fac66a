use crate::kube::entrypoint::Entrypoint;
use crate::policies::prelude::*;
use crate::text::shell::{SHELLS, SimpleCommand, Then, simple_commands, with_exec};

/// ## What it does
/// Reports app and sidecar containers of long-running workloads that `command` and `args` start through a shell (`sh -c
/// …`) whose last command doesn't replace the shell with `exec`. Accepted are scripts that set a `trap`, start an init
/// such as `tini` or `dumb-init`, or hand over to another script or a variable, and scripts too complex to read (loops,
/// conditions, substitutions).
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
/// Pods with `shareProcessNamespace` or `hostPID` are left alone: the shell isn't PID 1 there. Some shells exec a
/// single command on their own; which ones do depends on the version in the image.
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

/// Programs that forward signals to what they start.
const INITS: &[&str] = &["tini", "tini-static", "dumb-init", "catatonit"];

/// Commands that make the shell handle signals, or run something that isn't written here.
const UNKNOWN: &[&str] = &["trap", ".", "source", "eval"];

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
        let Some(commands) = simple_commands(entrypoint.script) else { return Ok(()) };
        if !keeps_shell(&commands) {
            return Ok(());
        }
        let runs = text![container.title(), " runs under ", entrypoint.shell, " -c without exec"];
        let message = text![runs, ": the shell is PID 1 and does not forward SIGTERM"];
        let finding = out.report(entrypoint.node, message).container(container);
        if let Some(script) = with_exec(entrypoint.script) {
            let title = "put exec in front of the script's only command";
            finding.safe_fix(title, vec![Edit::set(entrypoint.node, json!(script))]);
        }
        Ok(())
    }
}

/// True when the shell certainly keeps running while the program does.
fn keeps_shell(commands: &[SimpleCommand]) -> bool {
    let mut piped = false;
    for command in commands {
        let program = command.program();
        let first = command.words.first().map_or("", String::as_str);
        if UNKNOWN.contains(&program) || INITS.contains(&program) || first.starts_with('$') {
            return false;
        }
        // In a pipeline or in the background, `exec` replaces a subshell, not PID 1.
        if command.is_exec() && !piped && !matches!(command.then, Then::Pipe | Then::Background) {
            return false;
        }
        piped = command.then == Then::Pipe;
    }
    !commands.is_empty()
}
