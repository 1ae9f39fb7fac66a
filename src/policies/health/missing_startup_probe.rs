use crate::kube::probe::{Probe, Purpose};
use crate::policies::health::probe_rules::{ProbeRules, startup_probe};
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};

/// ## What it does
/// Reports every app container of a long-running workload that declares ports and has no startup probe. A probe without
/// a handler (`exec`, `httpGet`, `tcpSocket` or `grpc`) does nothing and counts as missing. Init and ephemeral
/// containers can't have probes, and Jobs and CronJobs need none: they are left alone, and so are the proxies that
/// Istio and Linkerd inject.
///
/// ## Why
/// A liveness probe has two jobs that call for different numbers: to be patient while the process starts, and to be
/// quick when it hangs later. Without a startup probe one set of numbers does both. On a busy node, with a cold cache
/// or a long migration, a start takes longer than usual, the liveness probe kills it, and the next start, which begins
/// from scratch, is killed as well. A startup probe covers the start alone: until it succeeds, the other two don't run.
///
/// ## What to write
/// ```yaml
/// startupProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 5
///   failureThreshold: 24
/// ```
/// A start may take 5 × 24 = 120 seconds, and the other probes begin as soon as it is done.
///
/// ## Limits
/// The fix copies the liveness probe and allows as much time as that tolerates today. That is a beginning: only the
/// container's author knows how long its slowest start takes. Without a liveness probe there is nothing to copy. Such a
/// container is reported all the same: if its start hangs, nothing restarts it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingStartupProbe {
    /// Whether every container needs its own probe. If `false`, one per pod is enough; that of a native sidecar counts
    /// only with `sidecars`.
    pub per_container: bool,
    /// Whether native sidecars (init containers with `restartPolicy: Always`) need a probe, too. Later containers wait
    /// for the startup probe of a sidecar.
    pub sidecars: bool,
    /// Whether only containers that declare ports need a probe. If `false`, workers need one, too.
    pub only_serving: bool,
}

impl Default for MissingStartupProbe {
    fn default() -> MissingStartupProbe {
        MissingStartupProbe { per_container: true, sidecars: false, only_serving: true }
    }
}

impl Policy for MissingStartupProbe {
    const METADATA: Metadata = Metadata {
        id: "missing-startup-probe",
        title: "Serving containers have a startup probe",
        why: "the liveness probe kills starts that are slower than usual, over and over",
        help: "add a startupProbe with the check of the livenessProbe and a failureThreshold that covers the slowest start",
        category: Category::Health,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: LONG_RUNNING,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = ProbeRules {
            purpose: Purpose::Startup,
            per_container: self.per_container,
            sidecars: self.sidecars,
            only_serving: self.only_serving,
        };
        rules.report_and_fix(cx, out, like_liveness)
    }
}

fn like_liveness(container: &Container<'_>) -> Result<Option<Fix>, Malformed> {
    let Some(liveness) = Probe::of(container, Purpose::Liveness)? else { return Ok(None) };
    let value = startup_probe(&liveness, liveness.timing()?.initial_delay_seconds.max(0))?;
    Ok(value.map(|value| Fix {
        title: "add a startupProbe like the livenessProbe".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::set(container.get(Purpose::Startup.field()), value)],
    }))
}
