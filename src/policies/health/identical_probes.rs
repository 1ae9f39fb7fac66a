use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers whose liveness probe asks the very question of their readiness probe and bears it unanswered no
/// longer (`failureThreshold` × `periodSeconds`). Questions are compared as the kubelet asks them: names of ports are
/// resolved, absent fields have their defaults, headers may stand in any order. Another path, port, service or command is
/// another question; so is a liveness probe that gives up later, which is accepted unless `allowLongerLiveness` is off.
///
/// ## Why
/// The two probes have different consequences. "Not ready" takes the traffic away, and the container may recover.
/// "Not alive" restarts it, and it loses its caches, its connections and the requests that it was serving. When both hang
/// on the same answer they fall in the same moment: what should have been a pause becomes a restart. Under load the pods
/// that are left get the traffic of those that restart, fail in turn, and the whole service goes down.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
/// ```
/// Or, with one question for both, a liveness probe that is far more patient: `failureThreshold: 10` against 3.
///
/// ## Limits
/// Two paths may lead to the same handler in the program; nothing here can tell.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct IdenticalProbes {
    /// Whether the same question is accepted when the liveness probe waits longer for an answer.
    pub allow_longer_liveness: bool,
}

impl Default for IdenticalProbes {
    fn default() -> IdenticalProbes {
        IdenticalProbes { allow_longer_liveness: true }
    }
}

impl Policy for IdenticalProbes {
    const METADATA: Metadata = Metadata {
        id: "identical-probes",
        title: "Liveness asks another question than readiness, or waits longer",
        why: "a container that only needs a pause from traffic is restarted, and its load fells the others",
        help: "give the livenessProbe a cheaper question, or a higher failureThreshold than the readinessProbe has",
        category: Category::Health,
        severity: Severity::Low,
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
            self.report(container, out)?;
        }
        Ok(())
    }
}

impl IdenticalProbes {
    fn report(&self, container: &Container<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(liveness) = Probe::of(container, Purpose::Liveness)? else { return Ok(()) };
        let Some(readiness) = Probe::of(container, Purpose::Readiness)? else { return Ok(()) };
        if liveness.handler()? != readiness.handler()? {
            return Ok(());
        }
        let seconds = [liveness.timing()?.patience_seconds(), readiness.timing()?.patience_seconds()];
        let [bears, paused] = seconds;
        let start = text![container.title(), " asks the same for liveness as for readiness"];
        let (bears_text, paused_text) = (bears.to_string(), paused.to_string());
        let message = if !self.allow_longer_liveness {
            start
        } else if bears > paused {
            return Ok(());
        } else if bears == paused {
            text![start, ", and gives up as soon: after ", bears_text, " s"]
        } else {
            text![start, ", and gives up sooner: after ", bears_text, " s, not ", paused_text, " s"]
        };
        let finding = out.report(liveness.node(), message).container(container);
        if !self.allow_longer_liveness {
            finding.help("give the livenessProbe a cheaper question");
        }
        Ok(())
    }
}
