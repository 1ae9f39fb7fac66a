use crate::kube::entrypoint::Entrypoint;
use crate::policies::prelude::*;
use crate::text::shell::{SHELLS, SimpleCommand, Then, simple_commands, with_exec};

/// ## What it does
/// Reports app and sidecar containers of long-running workloads that `command` and `args` start through a shell
/// (`sh -c …`), when the last command of the script doesn't take the shell's place with `exec`. Accepted is a script
/// that sets a `trap`, starts an init such as `tini` or `dumb-init`, or hands over to another script or to a variable;
/// and one that can't be taken apart (loops, conditions, substitutions), since nobody knows what it runs last.
///
/// ## Why
/// The shell is then process 1 of the container, and SIGTERM goes to process 1 alone. A shell neither acts on it nor
/// passes it on: the program never hears of the shutdown, drains nothing, and is killed when the grace period is over.
/// Every rollout takes that long, and cuts requests off.
///
/// ## What to write
/// ```yaml
/// command: [sh, -c]
/// args: ["./migrate && exec ./server --port=$PORT"]
/// ```
/// Without a shell (`command: [./server]`) the question does not come up.
///
/// ## Limits
/// Pods with `shareProcessNamespace` or `hostPID` are left alone: the shell isn't process 1 there. Some shells put a
/// single command in their place by themselves; which do depends on the version in the image.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ShellEntrypoint {
    /// The shells, by name.
    pub shells: Vec<String>,
}

impl Default for ShellEntrypoint {
    fn default() -> ShellEntrypoint {
        ShellEntrypoint { shells: SHELLS.iter().map(|&shell| shell.to_owned()).collect() }
    }
}

/// Programs that pass signals on to what they start.
const INITS: &[&str] = &["tini", "tini-static", "dumb-init", "catatonit"];

/// Commands that make the shell act on signals, or run what isn't written here.
const UNKNOWN: &[&str] = &["trap", ".", "source", "eval"];

impl Policy for ShellEntrypoint {
    const METADATA: Metadata = Metadata {
        id: "shell-entrypoint",
        title: "The program is process 1, not a shell",
        why: "a shell as process 1 keeps SIGTERM to itself, and the program is killed without having drained",
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
        let message = [
            &container.title(),
            " starts in ",
            entrypoint.shell,
            " -c without exec: the shell keeps SIGTERM to itself",
        ];
        let finding = out.report(entrypoint.node, message.concat()).container(container);
        if let Some(script) = with_exec(entrypoint.script) {
            let help = "put exec in front of the script's only command";
            finding.help(help).safe_fix(help, vec![Edit::set(entrypoint.node, json!(script))]);
        }
        Ok(())
    }
}

/// True when the shell is sure to be there for as long as the program runs.
fn keeps_shell(commands: &[SimpleCommand]) -> bool {
    let mut piped = false;
    for command in commands {
        let program = command.program();
        let first = command.words.first().map_or("", String::as_str);
        if UNKNOWN.contains(&program) || INITS.contains(&program) || first.starts_with('$') {
            return false;
        }
        // In a pipeline, and in the background, `exec` takes the place of another process than process 1.
        if command.is_exec() && !piped && !matches!(command.then, Then::Pipe | Then::Background) {
            return false;
        }
        piped = command.then == Then::Pipe;
    }
    !commands.is_empty()
}
