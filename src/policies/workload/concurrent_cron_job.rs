use std::num::NonZeroU32;

use crate::policies::prelude::*;
use crate::policies::workload::job_rules::job_spec;
use crate::text::cron::Schedule;
use crate::text::is_template;

/// ## What it does
/// Reports CronJobs that run more often than every `minPeriodSeconds` and may overlap: `concurrencyPolicy` is `Allow`, which is
/// the default, and no `activeDeadlineSeconds` ends a run before the next one starts.
///
/// A CronJob is as fast as its shortest gap: `0,50 * * * *` has one of 10 minutes. Suspended CronJobs and schedules that can't be
/// read are not reported.
///
/// ## Why
/// On the day on which a run takes longer than the gap, because a database is slow, the next one starts beside it. Both compete for
/// what is slow already, the third is slower still, and soon there are dozens that hold locks, fill the quota and work on the same
/// records.
///
/// ## What to write
/// ```yaml
/// spec:
///   schedule: "*/5 * * * *"
///   concurrencyPolicy: Forbid
/// ```
/// `Forbid` skips a run while the last one is still at work; `Replace` ends that one.
///
/// ## Limits
/// With `Forbid` a run that hangs stops all others: give the Job an `activeDeadlineSeconds`, too.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ConcurrentCronJob {
    /// The gap between two runs below which they must not overlap, in seconds.
    pub min_period_seconds: NonZeroU32,
}

impl Default for ConcurrentCronJob {
    fn default() -> ConcurrentCronJob {
        ConcurrentCronJob { min_period_seconds: const { NonZeroU32::MIN.saturating_add(599) } }
    }
}

impl Policy for ConcurrentCronJob {
    const METADATA: Metadata = Metadata {
        id: "concurrent-cron-job",
        title: "Frequent CronJobs don't overlap",
        why: "slow runs pile up and compete with each other",
        help: "set concurrencyPolicy to Forbid",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::CRON_JOB],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CRON_CONCURRENCY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let place = spec.get("concurrencyPolicy");
        let policy = place.str()?.unwrap_or("Allow");
        if policy != "Allow" || spec.get("suspend").bool()? == Some(true) {
            return Ok(());
        }
        let schedule = spec.get("schedule").str()?.filter(|schedule| !is_template(schedule));
        let Some(Ok(schedule)) = schedule.map(Schedule::parse) else { return Ok(()) };
        let gap = schedule.shortest_gap();
        let deadline = job_spec(cx)?.get("activeDeadlineSeconds").int()?;
        let ends = deadline.and_then(|seconds| u64::try_from(seconds).ok()).is_some_and(|seconds| seconds <= gap);
        if gap >= u64::from(self.min_period_seconds.get()) || ends || schedule.never_runs() {
            return Ok(());
        }
        let is = if place.exists() { " is" } else { " defaults to" };
        let message = text!["runs may overlap, ", gap.to_string(), " s apart: concurrencyPolicy", is, " Allow"];
        let edits = vec![Edit::set(place, "Forbid")];
        out.report(place, message).unsafe_fix("set concurrencyPolicy to Forbid", edits);
        Ok(())
    }
}
