use std::num::NonZeroU16;

use crate::kube::hook::{Endless, endless};
use crate::kube::mesh::PROXY_CONTAINERS;
use crate::policies::lifecycle::prestop_rules::longer_grace_period;
use crate::policies::prelude::*;
use crate::text::shell::words_of;

/// ## What it does
/// Reports `preStop` hooks that can't end on their own:
///
/// - a loop that waits until `netstat`, `ss` or `lsof` shows no listening socket (`netstat -plunt`, `ss -ltn`), in a
///   script that does nothing to stop the process. The process listens until SIGTERM, and SIGTERM is sent after the
///   hook: each waits for the other;
/// - a loop that waits for a process to exit (`while pgrep …`, `while kill -0 1`), in such a script;
/// - `while true` and the like, without `break` or `exit`;
/// - `sleep infinity`, a `sleep` of a day or more, and `tail -f`.
///
/// Not reported are loops that count or check the clock, loops over established connections, which end on their own,
/// background loops (`&`), scripts that stop the process and then wait for it, and conditions that something else may
/// change, such as a file.
///
/// ## Why
/// The hook runs until the grace period is over. Then the container is killed without ever having received SIGTERM: no
/// request is finished, nothing is saved, and every pod of every rollout takes the whole grace period to go away.
///
/// ## What to write
/// ```yaml
/// lifecycle:
///   preStop:
///     sleep:
///       seconds: 15
/// ```
/// The process keeps serving while the pod is removed from rotation, then receives SIGTERM and drains.
///
/// ## Limits
/// In a mesh's proxy the loop over listening sockets is right: the proxy has to outlive the app. There `grep -v` has to
/// exclude the proxy's own sockets, which never close either. Programs and files that the script calls are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EndlessPrestop {
    /// The names of service mesh proxy containers, which may wait for the other containers.
    pub proxy_containers: Vec<String>,
    /// How long the hook that the fix writes sleeps, in seconds.
    pub min_seconds: NonZeroU16,
}

impl Default for EndlessPrestop {
    fn default() -> EndlessPrestop {
        EndlessPrestop {
            proxy_containers: PROXY_CONTAINERS.iter().map(|&name| name.to_owned()).collect(),
            min_seconds: const { NonZeroU16::MIN.saturating_add(14) },
        }
    }
}

impl Policy for EndlessPrestop {
    const METADATA: Metadata = Metadata {
        id: "endless-prestop",
        title: "preStop hooks end on their own",
        why: "the hook uses up the grace period, and the container is killed without having drained",
        help: "replace the preStop hook with a sleep",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::LIFECYCLE_HOOKS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            self.report(container, pod, cx, out)?;
        }
        Ok(())
    }
}

impl EndlessPrestop {
    fn report(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let hook = container.get("lifecycle").mapping()?.get("preStop").mapping()?;
        let command = hook.get("exec").mapping()?.get("command");
        let in_proxy = self.proxy_containers.iter().any(|proxy| proxy == container.name());
        let Some(endless) = endless(&words_of(command)?, in_proxy) else { return Ok(()) };
        let violation = match endless {
            Endless::Sleep => " sleeps forever in preStop",
            Endless::Follow => " follows a file forever in preStop",
            Endless::Loop => " has a preStop loop that never ends",
            Endless::Listening if in_proxy => {
                " waits in preStop for its own listening sockets to close, which they never do"
            }
            Endless::Process => " waits in preStop for a process to exit, but it gets SIGTERM only after the hook",
            Endless::Listening => {
                " waits in preStop for its own sockets to close, but it gets SIGTERM only after the hook"
            }
        };
        let finding = out.report(command, text![container.title(), violation]).container(container);
        if in_proxy && endless == Endless::Listening {
            finding.help("exclude the proxy's own sockets with grep -v");
            return Ok(());
        }

        let seconds = i64::from(self.min_seconds.get());
        let text = seconds.to_string();
        let (help, handler) = if cx.kubernetes().at_least(30) {
            let help = text!["replace the preStop hook with sleep.seconds: ", text];
            (help, json!({"sleep": {"seconds": seconds}}))
        } else if pod.is_windows() {
            // A Windows image has no `sleep`.
            finding.help(text!["make the preStop hook wait ", text, " s"]);
            return Ok(());
        } else {
            let help = text!["set lifecycle.preStop.exec.command to [sleep, \"", text, "\"]"];
            (help, json!({"exec": {"command": ["sleep", text]}}))
        };
        let mut edits = vec![Edit::set(hook, handler)];
        edits.extend(longer_grace_period(pod, seconds)?);
        finding.unsafe_fix(help, edits);
        Ok(())
    }
}
