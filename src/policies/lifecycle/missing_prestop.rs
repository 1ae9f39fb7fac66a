use crate::kube::exclusive::{Exclusive, is_data_store};
use crate::kube::hook::{Handler, PreStop};
use crate::kube::mesh::{PROXY_CONTAINERS, is_managed, proxy_of};
use crate::kube::owner::{is_controlled, is_daemon};
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::mesh::injection;
use crate::lookup::serving::Routes;
use crate::policies::lifecycle::prestop_rules::longer_grace_period;
use crate::policies::prelude::*;
use crate::text::duration::in_seconds;
use crate::text::flaw::Flaw;

/// ## What it does
/// Reports every serving container of a long-running workload that has no `preStop` hook, or a hook that waits less
/// than `minSeconds`. A container serves if it declares a port other than for monitoring (`metrics`, `prometheus`,
/// `health`), has a network readiness probe, or is what a given Service targets.
///
/// The native `sleep`, `sleep N` and shell scripts are understood, counted loops included; a hook whose duration can't
/// be read (another program, an HTTP request) is accepted. A wait ends where the hook itself stops the process (`nginx
/// -s quit`, `kill 1`). Hooks that can't work are reported, too: a command in one word (`["sleep 15"]`), shell
/// operators without a shell, `sleep 15ms`, `tcpSocket`.
///
/// Nothing is reported where a wait would only lengthen an outage: for strategy `Recreate`, a StatefulSet of one pod,
/// databases, and pods that no given Service selects. For DaemonSets, bare Pods and other workloads of one pod the
/// finding is of severity info and has no fix. In a directory without autoscalers, it has severity low where `replicas` is not set:
/// that is one pod, unless an autoscaler comes.
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
/// A native sidecar stops after the app containers, so it is reported only if none of them serves or waits. Every
/// rollout and every node drain takes as long as the wait: exempt workloads whose process keeps serving for a while
/// after SIGTERM. The native `sleep` needs Kubernetes 1.30; the exec form needs a `sleep` binary in the image. In a
/// cluster Services and autoscalers are not looked up.
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
        needs: &[&kinds::NAMESPACE],
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let routes = Routes::to(cx, pod)?;
        let Some(severity) = severity(pod, cx, &routes)? else { return Ok(()) };
        let min_seconds = self.min_seconds(pod, cx)?;
        let (mut serving, mut waiting) = (Vec::new(), false);
        for container in pod.app_containers() {
            waiting |= PreStop::of(container)?.is_some_and(|hook| is_long_enough(&hook, min_seconds));
            if self.serves(container, pod, cx, &routes)? {
                serving.push(container);
            }
        }
        // A native sidecar is stopped after the last app container: it waits as long as they do, and where they don't wait
        // they are what has to change.
        if serving.is_empty() && !waiting {
            for container in pod.long_running_containers() {
                if self.serves(container, pod, cx, &routes)? {
                    serving.push(container);
                }
            }
        }
        for container in serving {
            self.report(container, pod, (min_seconds, severity), cx, out)?;
        }
        Ok(())
    }
}

/// The severity of a missing wait; `None` when a wait would not help: nothing routes requests to the pod, or its successor
/// starts only after it has stopped, and the wait would extend the outage.
fn severity(pod: &Pod<'_>, cx: &Context<'_>, routes: &Routes) -> Result<Option<Severity>, CheckError> {
    // With a grace period of 0 no hook runs.
    if matches!(routes, Routes::Nothing) || pod.spec().get("terminationGracePeriodSeconds").int()? == Some(0) {
        return Ok(None);
    }
    let (info, medium) = (Some(Severity::Info), Some(MissingPrestop::METADATA.severity));
    if is_daemon(cx.object(), cx.kind()) {
        return Ok(info);
    }
    if is_controlled(cx.object()) {
        return Ok(medium);
    }
    if *cx.kind() == kinds::POD {
        return Ok(info);
    }
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(medium) };
    if *cx.kind() == kinds::DEPLOYMENT && RollingUpdate::of(cx.object())?.is_none() {
        return Ok(None);
    }
    match pods_of(cx, &workload)? {
        // The autoscaler that sets it would be in the directory.
        None if cx.is_directory() => return Ok(Some(Severity::Low)),
        None => return Ok(medium),
        Some(pods) if pods > 1 => return Ok(medium),
        Some(_) => {}
    }
    let replaced = *cx.kind() == kinds::STATEFUL_SET || Exclusive::of(&workload, pod, cx.namespace())?.is_some();
    Ok(info.filter(|_| !replaced))
}

impl MissingPrestop {
    /// How long the pod's containers should wait, in seconds.
    pub(crate) fn min_seconds(&self, pod: &Pod<'_>, cx: &Context<'_>) -> Result<i64, CheckError> {
        let in_mesh = proxy_of(pod, &self.proxy_containers).is_some() || injection(cx, pod)?.is_some();
        Ok(i64::from(if in_mesh { self.mesh_min_seconds } else { self.min_seconds }))
    }

    fn serves(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        cx: &Context<'_>,
        routes: &Routes,
    ) -> Result<bool, Malformed> {
        let is_named = self.proxy_containers.iter().any(|proxy| proxy == container.name());
        let is_proxy = is_named && proxy_of(pod, &self.proxy_containers).is_some();
        let is_store = container.image()?.is_some_and(is_data_store);
        if is_proxy || is_managed(container, pod)? || is_store {
            return Ok(false);
        }
        routes.reach(cx, pod, container)
    }

    fn report(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        (min_seconds, severity): (i64, Severity),
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let hook = PreStop::of(container)?;
        let wanted = min_seconds.to_string();
        let handler = hook.as_ref().map(|hook| hook.handler);
        let flaw = hook.as_ref().and_then(|hook| hook.flaw);
        let message = match &hook {
            None if min_seconds > 0 => text![container.title(), " has no preStop hook"],
            Some(hook) if !is_long_enough(hook, min_seconds) => text![container.title(), shortfall(hook, &wanted)],
            _ => return Ok(()),
        };

        let native = match self.style {
            Style::Auto => cx.kubernetes().at_least(30),
            Style::Sleep => true,
            Style::Exec => false,
        };
        let help = match handler {
            Some(Handler::Exec) if flaw.is_some() => flaw.map_or("", Flaw::help).to_owned(),
            Some(Handler::Exec | Handler::HttpGet) => text!["make the preStop hook wait ", wanted, " s"],
            _ if native => text!["set lifecycle.preStop.sleep.seconds to ", wanted],
            _ if pod.is_windows() => text!["add a preStop hook that waits ", wanted, " s"],
            _ => text!["set lifecycle.preStop.exec.command to [sleep, \"", wanted, "\"]"],
        };
        let place = match &hook {
            Some(hook) => hook.node,
            None => container.node(),
        };
        // A command that can't work is a violation even if no wait is needed.
        let broken = flaw.is_some() || handler == Some(Handler::TcpSocket);
        let severity = if broken { Self::METADATA.severity } else { severity };
        let finding = out.report(place, message).container(container).severity(severity).help(help.clone());
        // A wait may not help here, so there is no fix.
        if severity == Severity::Info {
            return Ok(());
        }
        // A hook has one handler: the API rejects a second one.
        let node = container.get("lifecycle").get("preStop");
        let replaces = handler != Some(Handler::Sleep) && node.exists();
        match handler {
            None | Some(Handler::Sleep | Handler::TcpSocket) if native => {
                let edit = if replaces {
                    Edit::set(node, json!({"sleep": {"seconds": min_seconds}}))
                } else {
                    Edit::set(node.get("sleep").get("seconds"), min_seconds)
                };
                let mut edits = vec![edit];
                edits.extend(longer_grace_period(pod, min_seconds)?);
                if handler == Some(Handler::TcpSocket) {
                    finding.unsafe_fix(help, edits);
                } else {
                    finding.safe_fix(help, edits);
                }
            }
            // The image may have no `sleep`; a Windows image never has.
            None | Some(Handler::TcpSocket) if !pod.is_windows() => {
                let mut edits = vec![Edit::set(node, json!({"exec": {"command": ["sleep", wanted]}}))];
                edits.extend(longer_grace_period(pod, min_seconds)?);
                finding.unsafe_fix(help, edits);
            }
            // Only its author can change a script that does more than sleep.
            _ => {}
        }
        Ok(())
    }
}

/// True unless the hook certainly waits less, or can't work as written.
fn is_long_enough(hook: &PreStop<'_>, min_seconds: i64) -> bool {
    let millis = u64::try_from(min_seconds).unwrap_or_default().saturating_mul(1_000);
    hook.flaw.is_none() && hook.keeps_serving().is_none_or(|served| served >= millis)
}

/// What is wrong with a hook that doesn't wait long enough.
fn shortfall(hook: &PreStop<'_>, wanted: &str) -> String {
    let served = in_seconds(hook.keeps_serving().unwrap_or_default());
    match hook.flaw {
        Some(flaw) => text![": the command of its preStop hook ", flaw.message()],
        None if hook.handler == Handler::TcpSocket => {
            ": its preStop hook does nothing: the kubelet doesn't run tcpSocket hooks".to_owned()
        }
        None if hook.stops_at == Some(0) => ": its preStop hook stops the process at once, without a wait".to_owned(),
        None if hook.stops_at.is_some() => {
            text![": its preStop hook stops the process after ", served, " s, less than ", wanted, " s"]
        }
        None if hook.wait.max == Some(0) => ": its preStop hook returns at once, without a wait".to_owned(),
        None => text![" waits ", served, " s in preStop, less than ", wanted, " s"],
    }
}

/// How many pods the workload has; `None` among files without `replicas` and autoscalers. In a cluster autoscalers are not
/// looked up: `replicas` is what it has at the moment.
fn pods_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Option<i64>, CheckError> {
    if !cx.is_batch() {
        return Ok(Some(workload.replicas()?.unwrap_or(1)));
    }
    match expected_pods(cx, workload) {
        Ok(expected) => Ok(Some(expected.pods)),
        Err(CheckError::Inventory(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
