use crate::policies::prelude::*;
use crate::text::script::{Command, commands, pieces};
use crate::text::shell::{Invocation, SHELLS, invocation, words_of};

/// ## What it does
/// Reports `postStart` and `preStop` hooks in `exec` form whose output is lost: it is not redirected, or redirected to
/// `/dev/null`, to the hook's own `/dev/stdout`, or to a file on no volume.
///
/// Not reported are commands that print nothing (`sleep 15`), native `sleep` and `httpGet`, and scripts that can't be
/// read from here: `sh /hooks/stop.sh`, here-documents, targets in variables.
///
/// ## Why
/// The output of a hook does not go to the container's log: the kubelet discards it. When a shutdown goes wrong, the
/// one step that should have prevented it leaves no trace.
///
/// ## What to write
/// ```yaml
/// lifecycle:
///   preStop:
///     exec:
///       command: [sh, -c, "/app/drain --wait >/proc/1/fd/1 2>&1"]
/// ```
/// `/proc/1/fd/1` is the standard output of the container's main process, and so the container's log.
///
/// ## Limits
/// A program that is started without a shell (`command: [/app/drain]`) is reported although it may write its own log.
/// With `shareProcessNamespace`, PID 1 is not the container's process: write to a volume instead. Windows pods are left
/// alone. Whether the hook's user may write to `/proc/1/fd/1` depends on the image: a hook runs as the container's
/// user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnloggedHook {}

impl Policy for UnloggedHook {
    const METADATA: Metadata = Metadata {
        id: "unlogged-hook",
        title: "Hooks write to the container's log",
        why: "the kubelet discards a hook's output, and a hook that fails leaves no trace",
        help: "redirect the hook's output to /proc/1/fd/1",
        category: Category::Lifecycle,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::LIFECYCLE_HOOKS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        for container in pod.long_running_containers() {
            let lifecycle = container.get("lifecycle").mapping()?;
            for hook in ["postStart", "preStop"] {
                let command = lifecycle.get(hook).mapping()?.get("exec").mapping()?.get("command");
                let words = words_of(command)?;
                let (violation, help) = match output(container, &words)? {
                    Output::Read => continue,
                    Output::Unsaid => (" hook is not redirected and gets lost", None),
                    Output::Discarded => (" hook goes to /dev/null", None),
                    Output::Own => (" hook goes to its own stdout, which the kubelet discards", None),
                    Output::OnNoVolume => {
                        let help = "redirect the hook's output to /proc/1/fd/1, or to a file on a volume";
                        (" hook goes to a file that is deleted with the container", Some(help))
                    }
                };
                let message = text![container.title(), ": the output of the ", hook, violation];
                let finding = out.report(command, message).container(container);
                if let Some(help) = help {
                    finding.help(help);
                }
            }
        }
        Ok(())
    }
}

/// Where a hook's output goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Output {
    /// Nowhere: it isn't redirected.
    Unsaid,
    /// To `/dev/null`.
    Discarded,
    /// To the hook's own output, as without a redirection.
    Own,
    /// To a file in the container's own file system.
    OnNoVolume,
    /// To a place where it can be read or an unknown one, or there is none.
    Read,
}

/// Programs that print nothing when they succeed.
const SILENT: &[&str] = &[
    "sleep", "true", "false", ":", "[", "[[", "((", "test", "exit", "return", "break", "continue", "kill", "touch",
    "rm", "mkdir", "cd", "set", "export", "trap", "wait", "exec", "",
];

fn output(container: &Container<'_>, words: &[&str]) -> Result<Output, Malformed> {
    let script = match invocation(words, SHELLS) {
        Invocation::Program(name, _) => {
            let silent = SILENT.contains(&name) || name.ends_with(".sh");
            return Ok(if silent { Output::Read } else { Output::Unsaid });
        }
        Invocation::Script(script, _) => script,
        Invocation::Unknown => return Ok(Output::Read),
    };
    let Some(pieces) = pieces(script) else { return Ok(Output::Read) };
    let is_silent = |command: &Command| SILENT.contains(&command.program());
    if commands(&pieces).all(is_silent) {
        return Ok(Output::Read);
    }
    let mut best = Output::Unsaid;
    for command in commands(&pieces) {
        let program = command.program();
        // Another script, which may redirect its own output; the system's log.
        let unknown = program.ends_with(".sh") || [".", "source", "eval", "logger"].contains(&program);
        if unknown || SHELLS.contains(&program) || program.starts_with('$') {
            return Ok(Output::Read);
        }
        for target in &command.outputs {
            best = best.max(output_to(container, target)?);
        }
        if program == "tee" {
            for target in command.arguments().iter().filter(|argument| !argument.starts_with('-')) {
                best = best.max(output_to(container, target)?);
            }
        }
    }
    Ok(best)
}

/// Where a redirection to `target` leads.
fn output_to(container: &Container<'_>, target: &str) -> Result<Output, Malformed> {
    if target == "-" || target.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Output::Unsaid);
    }
    // The working directory and the values of variables are unknown.
    if !target.starts_with('/') || target.contains('$') {
        return Ok(Output::Read);
    }
    if target == "/dev/null" {
        return Ok(Output::Discarded);
    }
    if ["/dev/stdout", "/dev/stderr"].contains(&target) || is_below(target, "/dev/fd") || is_below(target, "/proc/self")
    {
        return Ok(Output::Own);
    }
    // PID 1's own descriptors, and devices.
    if is_below(target, "/proc") || is_below(target, "/dev") {
        return Ok(Output::Read);
    }
    // The kubelet reads it when the container ends.
    if container.get("terminationMessagePath").str()? == Some(target) {
        return Ok(Output::Read);
    }
    for mount in container.get("volumeMounts").items()? {
        if mount.get("mountPath").str()?.is_some_and(|path| is_below(target, path)) {
            return Ok(Output::Read);
        }
    }
    Ok(Output::OnNoVolume)
}

/// True for `directory` itself and what lies below it.
fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
