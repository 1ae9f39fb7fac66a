use std::num::NonZeroU16;

use crate::kube::hook::{Endless, PostStart};
use crate::policies::prelude::*;
use crate::text::duration::in_seconds;

/// ## What it does
/// Reports `postStart` hooks that keep their container from becoming ready for long:
///
/// - hooks that sleep for more than `maxSeconds`: `sleep.seconds`, or `sleep` in a command;
/// - hooks that never end: `sleep infinity`, `tail -f`, `while true` without `break` or `exit`.
///
/// Background commands (`&`) are not counted, nor are loops that wait for a condition and programs whose duration is unknown.
///
/// ## Why
/// Until the hook has ended, the container isn't running for the kubelet: its probes don't run, it isn't ready, and the containers
/// after it aren't started. A hook that fails, or is interrupted, kills the container. Every rollout takes that much longer, and a
/// process that hangs meanwhile isn't noticed.
///
/// ## What to write
/// A startup probe for a process that needs time, and for work in the background a `&`:
/// ```yaml
/// startupProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 2
///   failureThreshold: 30
/// ```
///
/// ## Limits
/// Programs and files that a script calls are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BlockingPoststart {
    /// How long a hook may certainly take, in seconds.
    pub max_seconds: NonZeroU16,
}

impl Default for BlockingPoststart {
    fn default() -> BlockingPoststart {
        BlockingPoststart { max_seconds: const { NonZeroU16::MIN.saturating_add(9) } }
    }
}

impl Policy for BlockingPoststart {
    const METADATA: Metadata = Metadata {
        id: "blocking-poststart",
        title: "postStart hooks end soon",
        why: "until the hook ends, the container isn't ready and no probe runs",
        help: "use a startup probe, or run the command in the background",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::LIFECYCLE_HOOKS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            let Some(hook) = PostStart::of(container)? else { continue };
            let most = u64::from(self.max_seconds.get());
            let violation = match hook.endless {
                Some(Endless::Follow) => " follows a file in postStart forever, and never becomes ready".to_owned(),
                Some(Endless::Loop) => " has a postStart loop that never ends, and never becomes ready".to_owned(),
                Some(_) => " sleeps in postStart forever, and never becomes ready".to_owned(),
                None if hook.min_millis > most * 1_000 => {
                    text![" waits ", in_seconds(hook.min_millis), " s in postStart, more than ", most.to_string(), " s"]
                }
                None => continue,
            };
            out.report(hook.node, text![container.title(), violation]).container(container);
        }
        Ok(())
    }
}
