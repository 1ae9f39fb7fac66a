use crate::kube::probe::{Probe, Purpose};
use crate::policies::health::probe_rules::startup_probe;
use crate::policies::prelude::*;

/// ## What it does
/// Reports liveness and readiness probes whose `initialDelaySeconds` is longer than `maxSeconds`. Next to a startup
/// probe the finding has severity low: the delay then only matters if the start takes less time.
///
/// ## Why
/// A fixed delay is a guess at how long a start takes, and wrong both ways. A fast start still waits out the delay: the
/// pod stays unready, or a hung process goes unnoticed. A start slower than the guess, on a busy node, is killed and
/// begins again. A startup probe polls until the container has started and then hands over to the other two.
///
/// ## What to write
/// ```yaml
/// startupProbe:
///   httpGet:
///     path: /live
///     port: http
///   periodSeconds: 5
///   failureThreshold: 24
/// livenessProbe:
///   httpGet:
///     path: /live
///     port: http
/// ```
/// This start may take 5 × 24 = 120 seconds, and the pod is ready as soon as it is done.
///
/// ## Limits
/// The fix derives the startup probe from the liveness probe: it allows for the container's longest delay plus the
/// failures that the liveness probe tolerates (at least three). Without a liveness probe there is nothing to derive it
/// from, and nothing that could kill a slow start: then the fix removes the delay and adds no probe.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DelayedProbe {
    /// The longest accepted `initialDelaySeconds`.
    pub max_seconds: u32,
}

impl Default for DelayedProbe {
    fn default() -> DelayedProbe {
        DelayedProbe { max_seconds: 10 }
    }
}

impl Policy for DelayedProbe {
    const METADATA: Metadata = Metadata {
        id: "delayed-probe",
        title: "Slow starts are covered by a startup probe, not a fixed delay",
        why: "fast starts wait out the delay, and slower starts are killed",
        help: "replace initialDelaySeconds with a startupProbe",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBES, sources::PROBE_CONFIGURATION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.long_running_containers() {
            self.report(container, cx, out)?;
        }
        Ok(())
    }
}

impl DelayedProbe {
    fn report(&self, container: &Container<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let liveness = Probe::of(container, Purpose::Liveness)?;
        let readiness = Probe::of(container, Purpose::Readiness)?;
        let mut delayed = Vec::new();
        for probe in [&readiness, &liveness].into_iter().flatten() {
            let delay = probe.timing()?.initial_delay_seconds;
            if delay > i64::from(self.max_seconds) {
                delayed.push((probe, delay));
            }
        }
        // Both findings of a container write the same startup probe, whichever is fixed first.
        let Some(longest) = delayed.iter().map(|(_, delay)| *delay).max() else { return Ok(()) };
        let has_startup = Probe::of(container, Purpose::Startup)?.is_some();
        let startup = match &liveness {
            Some(liveness) if !has_startup => startup_probe(liveness, longest)?,
            _ => None,
        };

        // One startup probe takes the place of both delays.
        if let ([(readiness, pause), (liveness, delay)], Some(startup), false) =
            (delayed.as_slice(), &startup, cx.reports_separately())
        {
            let start = text![container.title(), " waits ", delay.to_string(), " s before its first liveness probe"];
            let and = text![" and ", pause.to_string(), " s before its first readiness probe, more than "];
            let node = liveness.get("initialDelaySeconds");
            let set = Edit::set(container.get(Purpose::Startup.field()), startup.clone());
            let edits = vec![set, Edit::remove(node), Edit::remove(readiness.get("initialDelaySeconds"))];
            out.report(node, text![start, and, self.max_seconds.to_string(), " s"]).container(container).unsafe_fix(
                "add a startupProbe like the livenessProbe and remove initialDelaySeconds of both probes",
                edits,
            );
            return Ok(());
        }
        for (probe, delay) in delayed {
            let node = probe.get("initialDelaySeconds");
            let (delay, title) = (delay.to_string(), probe.purpose().title());
            let remove = Edit::remove(node);
            let waits = text![container.title(), " waits ", delay, " s before its first ", title];
            if has_startup {
                out.report(node, text![waits, " although it has a startup probe"])
                    .container(container)
                    .severity(Severity::Low)
                    .unsafe_fix(text!["remove initialDelaySeconds of the ", title], vec![remove]);
                continue;
            }
            let max = self.max_seconds.to_string();
            let finding = out.report(node, text![waits, ", more than ", max, " s"]).container(container);
            match startup.clone() {
                Some(startup) => {
                    let set = Edit::set(container.get(Purpose::Startup.field()), startup);
                    finding.unsafe_fix(
                        text![
                            "add a startupProbe like the livenessProbe and remove initialDelaySeconds of the ",
                            title
                        ],
                        vec![set, remove],
                    );
                }
                // A start that is so slow is for a person to look at.
                None if liveness.is_some() => {}
                None => {
                    finding.unsafe_fix(text!["remove initialDelaySeconds of the ", title], vec![remove]);
                }
            }
        }
        Ok(())
    }
}
