use crate::kube::probe::Purpose;
use crate::policies::health::probe_rules::ProbeRules;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every app container of a long-running workload that declares ports and has no liveness probe. A probe without
/// a handler (`exec`, `httpGet`, `tcpSocket` or `grpc`) asks nothing and counts as missing. Init and ephemeral containers
/// cannot have probes, and the pods of Jobs and CronJobs end by themselves: both are left alone, and so
/// are the proxies that Istio and Linkerd inject.
///
/// ## Why
/// Kubernetes restarts a container whose process ends. A process that hangs (in a deadlock, in an endless garbage
/// collection, with its event loop blocked) doesn't end: to the kubelet it runs. A readiness probe takes such a pod out of
/// its Service and leaves it there, and with each one that hangs the service is a pod smaller, until somebody notices. A
/// liveness probe restarts it.
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
/// It should answer one question, whether a restart would help, and so be cheap, more patient than the readiness probe,
/// and never ask another service.
///
/// ## Limits
/// A container that declares no ports is taken for a worker, of which only its author knows how to ask whether it hangs;
/// `onlyServing: false` asks for those, too. A process that ends by itself when it can't go on needs no probe: that is
/// what exemptions are for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingLivenessProbe {
    /// Whether every container needs a probe of its own. When `false`, one probe is enough for a pod; the probe of a
    /// native sidecar is enough only with `sidecars`.
    pub per_container: bool,
    /// Whether native sidecars (init containers with `restartPolicy: Always`) need a probe, too.
    pub sidecars: bool,
    /// Whether only containers that declare ports need a probe. When `false`, workers need one, too.
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
        title: "Serving containers that hang are restarted",
        why: "a process that hangs without ending is never restarted",
        help: "add a livenessProbe with httpGet, tcpSocket, grpc or exec that asks nothing but the process itself",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
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
