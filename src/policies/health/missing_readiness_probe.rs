use crate::kube::probe::Purpose;
use crate::policies::health::probe_rules::ProbeRules;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every app container of a long-running workload that declares ports and has no readiness probe. A probe without
/// a handler (`exec`, `httpGet`, `tcpSocket` or `grpc`) asks nothing and counts as missing. Init and ephemeral containers
/// cannot have probes, and the pods of Jobs and CronJobs don't need them: both are left alone, and so
/// are the proxies that Istio and Linkerd inject.
///
/// ## Why
/// Without a readiness probe a container counts as ready the moment its process exists. Every start, be it a rollout, a
/// scale-up or a restart, then sends requests to a process that isn't listening yet, and a rolling update takes the old
/// pods away before the new ones can serve.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
/// ```
/// It should answer whether *this* container can serve a request now; it need not ask its dependencies.
///
/// ## Limits
/// A container that declares no ports is taken for a worker to which nobody connects. Declaring ports is voluntary, so a
/// server may hide behind this: `onlyServing: false` asks every app container for a probe.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingReadinessProbe {
    /// Whether every container needs a probe of its own. When `false`, one probe is enough for a pod, since a pod is
    /// ready only when all its containers are; the probe of a native sidecar is enough only with `sidecars`.
    pub per_container: bool,
    /// Whether native sidecars (init containers with `restartPolicy: Always`) need a probe, too.
    pub sidecars: bool,
    /// Whether only containers that declare ports need a probe. When `false`, workers need one, too.
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
        title: "Serving containers say when they are ready",
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
