use crate::kube::probe::Purpose;
use crate::policies::health::probe_rules::ProbeRules;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every app container of a long-running workload that declares ports and has no readiness probe. A probe
/// without a handler (`exec`, `httpGet`, `tcpSocket` or `grpc`) does nothing and counts as missing. Init and ephemeral
/// containers can't have probes, and Jobs and CronJobs need none: they are left alone, and so are the proxies that
/// Istio and Linkerd inject.
///
/// ## Why
/// Without a readiness probe a container counts as ready the moment its process exists. Every start, whether in a
/// rollout, a scale-up or a restart, then sends requests to a process that isn't listening yet, and a rolling update
/// removes old pods before the new ones can serve.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
/// ```
/// It should answer whether *this* container can serve a request now; it need not check its dependencies.
///
/// ## Limits
/// A container that declares no ports is treated as a worker that receives no traffic. Declaring ports is optional, so
/// some servers go unnoticed: `onlyServing: false` requires a probe in every app container.
///
/// A UDP or SCTP port can't be probed: a container with no other ports needs `exec`, or a port for health checks, and is reported
/// with severity `low`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingReadinessProbe {
    /// Whether every container needs its own probe. If `false`, one per pod is enough, since a pod is ready only when all
    /// its containers are; that of a native sidecar counts only with `sidecars`.
    pub per_container: bool,
    /// Whether native sidecars (init containers with `restartPolicy: Always`) need a probe, too.
    pub sidecars: bool,
    /// Whether only containers that declare ports need a probe. If `false`, workers need one, too.
    pub only_serving: bool,
}

impl Default for MissingReadinessProbe {
    fn default() -> MissingReadinessProbe {
        MissingReadinessProbe { per_container: true, sidecars: false, only_serving: true }
    }
}

impl Policy for MissingReadinessProbe {
    const METADATA: Metadata = Metadata {
        id: "missing-readiness-probe",
        title: "Serving containers have a readiness probe",
        why: "requests arrive before the process listens, on every rollout, scale-up and restart",
        help: "add a readinessProbe with httpGet, tcpSocket, grpc or exec",
        category: Category::Health,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: LONG_RUNNING,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = ProbeRules {
            purpose: Purpose::Readiness,
            per_container: self.per_container,
            sidecars: self.sidecars,
            only_serving: self.only_serving,
        };
        rules.report(cx, out)
    }
}
