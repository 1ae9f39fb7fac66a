use std::num::NonZeroU16;

use crate::kube::hook::{Endless, endless};
use crate::kube::mesh::PROXY_CONTAINERS;
use crate::policies::lifecycle::prestop_rules::longer_grace_period;
use crate::policies::prelude::*;
use crate::text::shell::words_of;

/// ## What it does
/// Reports `preStop` hooks that can't end by themselves:
///
/// - a loop that waits until `netstat`, `ss` or `lsof` shows no listening socket (`netstat -plunt`, `ss -ltn`), in a
///   script that does nothing to make the process stop. The process listens until SIGTERM, and SIGTERM comes after the
///   hook: each waits for the other;
/// - `while true` and the like, without `break` or `exit`;
/// - `sleep infinity` and `tail -f`.
///
/// Not reported are loops that count or look at the clock, loops over established connections, which end by themselves,
/// loops beside the script (`&`), scripts that tell the process to stop and then wait for it, and conditions that
/// somebody else may change, such as a file.
///
/// ## Why
/// The hook runs until the grace period is over. Then the container is killed without ever having got SIGTERM: no request
/// is finished, nothing is saved, and every pod of every rollout takes the whole grace period to go.
///
/// ## What to write
/// ```yaml
/// lifecycle:
///   preStop:
///     sleep:
///       seconds: 15
/// ```
/// The process serves on while the pod is taken out of rotation, gets SIGTERM and drains by itself.
///
/// ## Limits
/// In a mesh's proxy the loop over listening sockets has its place: the proxy has to outlive the app. There `grep -v` has
/// to leave the proxy's own sockets out, which never close either. Programs and files that the script calls are not
/// looked into.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EndlessPrestop {
    /// Containers with these names are a mesh's proxies, which may wait for the other containers.
    pub proxy_containers: Vec<String>,
    /// The seconds that the hook of the fix sleeps.
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
        title: "preStop hooks end by themselves",
        why: "the hook lasts until the grace period is over, and the container is killed without having drained",
        help: "replace the preStop hook by a sleep",
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
            Endless::Sleep => " sleeps for ever in preStop",
            Endless::Follow => " follows a file for ever in preStop",
            Endless::Loop => " has a preStop loop that never ends",
            Endless::Listening if in_proxy => " waits in preStop until its own sockets close, which they never do",
            Endless::Listening => " waits in preStop until nothing listens, but listens itself until the hook is over",
        };
        let finding = out.report(command, text![container.title(), violation]).container(container);
        if in_proxy && endless == Endless::Listening {
            finding.help("leave the proxy's own sockets out with grep -v");
            return Ok(());
        }

        let seconds = i64::from(self.min_seconds.get());
        let text = seconds.to_string();
        let (help, handler) = if cx.kubernetes().at_least(30) {
            let help = text!["replace the preStop hook by sleep.seconds: ", text];
            (help, json!({"sleep": {"seconds": seconds}}))
        } else if pod.is_windows() {
            // There is no `sleep` to run.
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
