use crate::kube::probe::Purpose;
use crate::policies::health::probe_rules::ProbeRules;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every app container of a long-running workload that declares ports and has no liveness probe. A probe
/// without a handler (`exec`, `httpGet`, `tcpSocket` or `grpc`) does nothing and counts as missing. Init and ephemeral
/// containers can't have probes, and Jobs and CronJobs end on their own: they are left alone, and so are the proxies
/// that Istio and Linkerd inject.
///
/// ## Why
/// Kubernetes restarts a container whose process exits. A process that hangs (in a deadlock, in an endless garbage
/// collection, with its event loop blocked) doesn't exit: to the kubelet it is running. A readiness probe removes such
/// a pod from its Service and leaves it there; with each one that hangs the service loses a pod, until somebody
/// notices. A liveness probe restarts it.
///
/// ## What to write
/// ```yaml
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 10
///   failureThreshold: 6
/// ```
/// The probe should answer one question, whether a restart would help. Keep it cheap and more patient than the
/// readiness probe, and never let it check another service.
///
/// ## Limits
/// A container that declares no ports is treated as a worker, and only its author knows how to tell whether it hangs;
/// `onlyServing: false` requires probes there, too. A process that exits when it can't continue needs no probe: exempt
/// it.
///
/// A UDP or SCTP port can't be probed: a container with no other ports needs `exec`, or a port for health checks, and is reported
/// with severity `low`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingLivenessProbe {
    /// Whether every container needs its own probe. If `false`, one per pod is enough; that of a native sidecar counts
    /// only with `sidecars`.
    pub per_container: bool,
    /// Whether native sidecars (init containers with `restartPolicy: Always`) need a probe, too.
    pub sidecars: bool,
    /// Whether only containers that declare ports need a probe. If `false`, workers need one, too.
    pub only_serving: bool,
}

impl Default for MissingLivenessProbe {
    fn default() -> MissingLivenessProbe {
        MissingLivenessProbe { per_container: true, sidecars: false, only_serving: true }
    }
}

impl Policy for MissingLivenessProbe {
    const METADATA: Metadata = Metadata {
        id: "missing-liveness-probe",
        title: "Serving containers have a liveness probe",
        why: "a process that hangs without exiting is never restarted",
        help: "add a livenessProbe with httpGet, tcpSocket, grpc or exec that checks only the process itself",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: LONG_RUNNING,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = ProbeRules {
            purpose: Purpose::Liveness,
            per_container: self.per_container,
            sidecars: self.sidecars,
            only_serving: self.only_serving,
        };
        rules.report(cx, out)
    }
}
