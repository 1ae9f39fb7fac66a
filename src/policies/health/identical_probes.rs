use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers whose liveness probe runs the same check as their readiness probe and gives up no later
/// (`failureThreshold` × `periodSeconds`). Checks are compared as the kubelet runs them: port names are resolved,
/// absent fields have their defaults, headers may be in any order. Another path, port, service or command is another
/// check. A liveness probe that gives up later is accepted unless `allowLongerLiveness` is `false`.
///
/// ## Why
/// The two probes have different consequences. An unready container gets no traffic and may recover. A container that
/// isn't alive is restarted, and loses its caches, its connections and the requests that it was serving. If both depend
/// on the same check they fail at the same moment: what should have been a pause becomes a restart. Under load the
/// remaining pods get the traffic of those that restart, fail in turn, and the whole service goes down.
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
/// Or, with one check for both, a liveness probe that is far more patient: `failureThreshold: 10` against 3.
///
/// ## Limits
/// Two paths may lead to the same handler in the program; that can't be seen from here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct IdenticalProbes {
    /// Whether the same check is accepted if the liveness probe gives up later.
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
        title: "Liveness and readiness probes differ, or liveness is more patient",
        why: "a container that only needs a pause is restarted, and its traffic overloads the remaining pods",
        help: "give the livenessProbe a cheaper check, or a higher failureThreshold than the readinessProbe",
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
        let (restart, pause) = (liveness.timing()?.patience_seconds(), readiness.timing()?.patience_seconds());
        let identical = text![container.title(), ": liveness and readiness probes are identical"];
        let fails = text![identical, ", and liveness fails "];
        let message = if !self.allow_longer_liveness {
            identical
        } else if restart > pause {
            return Ok(());
        } else if restart == pause {
            text![fails, "just as fast (", restart.to_string(), " s)"]
        } else {
            text![fails, "sooner (", restart.to_string(), " s, readiness ", pause.to_string(), " s)"]
        };
        let finding = out.report(liveness.node(), message).container(container);
        if !self.allow_longer_liveness {
            finding.help("give the livenessProbe a cheaper check");
        }
        Ok(())
    }
}
