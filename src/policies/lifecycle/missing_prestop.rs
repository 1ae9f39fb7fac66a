use crate::kube::hook::{Handler, PreStop, Wait};
use crate::kube::mesh::{self, PROXY_CONTAINERS};
use crate::policies::lifecycle::prestop_rules::longer_grace_period;
use crate::policies::prelude::*;
use crate::text::duration::in_seconds;

/// ## What it does
/// Reports every container of a long-running workload that declares ports and has no `preStop` hook, or a hook that
/// waits less than `minSeconds`. The native `sleep`, `sleep N` in exec form and `sleep` in simple shell scripts are
/// understood; a hook whose duration can't be read (another program, an HTTP request, a loop) is accepted. A native
/// sidecar stops after the app containers, so it is reported only if none of them declares ports or waits.
///
/// ## Why
/// When a pod is deleted, two things start at once: the kubelet stops the container, and the pod is removed from
/// EndpointSlices, kube-proxy and load balancers. The second takes seconds. A process that exits on SIGTERM in the
/// meantime refuses connections that are still routed to it, and clients see 502 and 504 on every rollout and node
/// drain. A wait in `preStop` keeps the process serving until traffic stops arriving.
///
/// ## What to write
/// ```yaml
/// lifecycle:
///   preStop:
///     sleep:
///       seconds: 15
/// ```
/// `terminationGracePeriodSeconds` covers the hook *and* the drain after it, so it has to be longer than the wait.
///
/// ## Limits
/// A container that declares no ports is treated as a worker that receives no traffic. Every rollout and every node
/// drain takes as long as the wait: exempt workloads that only take work from a queue, or whose process keeps serving
/// for a while after SIGTERM. The native `sleep` needs Kubernetes 1.30; the exec form needs a `sleep` binary in the
/// image.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingPrestop {
    /// The minimum wait, in seconds.
    pub min_seconds: u16,
    /// The minimum wait for pods in a service mesh, whose proxies stop sending traffic sooner.
    pub mesh_min_seconds: u16,
    /// The hook that the fix writes: `sleep` is the native action (Kubernetes 1.30 and later), `exec` runs `sleep` from
    /// the image, `auto` chooses by `kubernetesVersion`.
    pub style: Style,
    /// The names of service mesh proxy containers, which `early-proxy-shutdown` checks instead.
    pub proxy_containers: Vec<String>,
}

/// The hook that the fix writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Style {
    /// The native action where the version has it.
    Auto,
    /// The native action.
    Sleep,
    /// `sleep` from the image.
    Exec,
}

impl Default for MissingPrestop {
    fn default() -> MissingPrestop {
        MissingPrestop {
            min_seconds: 15,
            mesh_min_seconds: 3,
            style: Style::Auto,
            proxy_containers: PROXY_CONTAINERS.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

impl Policy for MissingPrestop {
    const METADATA: Metadata = Metadata {
        id: "missing-prestop",
        title: "Serving containers wait in preStop before they stop",
        why: "requests that are still routed to a stopping container fail with 502 or 504",
        help: "add lifecycle.preStop.sleep.seconds",
        category: Category::Lifecycle,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let in_mesh = mesh::is_mesh_pod(pod, &self.proxy_containers)?;
        let min_seconds = if in_mesh { self.mesh_min_seconds } else { self.min_seconds };
        let min_seconds = i64::from(min_seconds);
        let (mut serving, mut waiting) = (false, false);
        for container in pod.app_containers() {
            waiting |= PreStop::of(container)?.is_some_and(|hook| is_long_enough(&hook, min_seconds));
            if self.serves(container)? {
                serving = true;
                self.report(container, pod, min_seconds, cx, out)?;
            }
        }
        // A native sidecar is stopped after the last app container: it waits as long as they do, and where they don't wait
        // they are what has to change.
        if serving || waiting {
            return Ok(());
        }
        for container in pod.long_running_containers() {
            if self.serves(container)? {
                self.report(container, pod, min_seconds, cx, out)?;
            }
        }
        Ok(())
    }
}

fn is_long_enough(hook: &PreStop<'_>, min_seconds: i64) -> bool {
    !matches!(hook.wait, Wait::Exactly(millis) if (millis as i64) < min_seconds * 1_000)
}

impl MissingPrestop {
    fn serves(&self, container: &Container<'_>) -> Result<bool, Malformed> {
        Ok(container.is_serving()? && !self.proxy_containers.iter().any(|proxy| proxy == container.name()))
    }

    fn report(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        min_seconds: i64,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let hook = PreStop::of(container)?;
        let wanted = min_seconds.to_string();
        let message = match &hook {
            None if min_seconds > 0 => text![container.title(), " has no preStop hook"],
            Some(hook @ PreStop { wait: Wait::Exactly(millis), .. }) if !is_long_enough(hook, min_seconds) => {
                text![container.title(), " waits ", in_seconds(*millis), " s in preStop, less than ", wanted, " s"]
            }
            _ => return Ok(()),
        };

        let native = match self.style {
            Style::Auto => cx.kubernetes().at_least(30),
            Style::Sleep => true,
            Style::Exec => false,
        };
        let help = match hook.as_ref().map(|hook| hook.handler) {
            // A hook has one handler: the API refuses a sleep next to a command.
            Some(Handler::Exec | Handler::HttpGet) => text!["make the preStop hook wait ", wanted, " s"],
            _ if native => text!["set lifecycle.preStop.sleep.seconds to ", wanted],
            _ if pod.is_windows() => text!["add a preStop hook that waits ", wanted, " s"],
            _ => text!["set lifecycle.preStop.exec.command to [sleep, \"", wanted, "\"]"],
        };
        let place = match &hook {
            Some(hook) => hook.node,
            None => container.node(),
        };
        let finding = out.report(place, message).container(container).help(help.clone());

        let at = container.get("lifecycle").get("preStop").path();
        match hook.map(|hook| hook.handler) {
            None | Some(Handler::Sleep) if native => {
                let mut edits = vec![Edit::Set { at: at.key("sleep").key("seconds"), value: json!(min_seconds) }];
                edits.extend(longer_grace_period(pod, min_seconds)?);
                finding.safe_fix(help, edits);
            }
            // The image may have no `sleep`; a Windows image never has.
            None if !pod.is_windows() => {
                let mut edits = vec![Edit::Set { at: at.key("exec").key("command"), value: json!(["sleep", wanted]) }];
                edits.extend(longer_grace_period(pod, min_seconds)?);
                finding.unsafe_fix(help, edits);
            }
            // Only its author can change a script that does more than sleep.
            _ => {}
        }
        Ok(())
    }
}
