use std::num::NonZeroU32;

use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::policies::workload::job_rules::job_spec;

/// ## What it does
/// Reports
///
/// - CronJobs without `startingDeadlineSeconds`, and those with less than 10 seconds;
/// - Jobs, and the Jobs of CronJobs, without `activeDeadlineSeconds`, neither their own nor their pods'.
///
/// ## Why
/// A CronJob without a starting deadline makes up for a missed run whenever the controller is back: last night's batch starts
/// at noon, in the busiest hour. With a deadline below 10 seconds it may never start, because the controller looks only every ten
/// seconds. A Job without a deadline that hangs, on a lock or a dead connection, hangs until somebody looks: a CronJob with
/// `concurrencyPolicy: Forbid` doesn't run again until then, and nothing is reported as failed.
///
/// ## What to write
/// ```yaml
/// spec:
///   schedule: "0 3 * * *"
///   startingDeadlineSeconds: 300
///   jobTemplate:
///     spec:
///       activeDeadlineSeconds: 3600
/// ```
///
/// ## Limits
/// How long a Job may take is known only to its author, so there is no fix for `activeDeadlineSeconds`. The fix for
/// `startingDeadlineSeconds` is unsafe: a run that is missed for longer is skipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingJobDeadline {
    /// Whether Jobs need `activeDeadlineSeconds`.
    pub active: bool,
    /// Whether CronJobs need `startingDeadlineSeconds`.
    pub starting: bool,
    /// What the fix writes into `startingDeadlineSeconds`; at least 10.
    pub starting_seconds: NonZeroU32,
}

impl Default for MissingJobDeadline {
    fn default() -> MissingJobDeadline {
        MissingJobDeadline {
            active: true,
            starting: true,
            starting_seconds: const { NonZeroU32::MIN.saturating_add(299) },
        }
    }
}

/// How often the controller looks for CronJobs that are due.
const LEAST_SECONDS: i64 = 10;

impl Policy for MissingJobDeadline {
    const METADATA: Metadata = Metadata {
        id: "missing-job-deadline",
        title: "Jobs have deadlines",
        why: "a Job that hangs is never noticed, and a missed run starts at any time",
        help: "set activeDeadlineSeconds to more than the Job should ever take",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::JOB, &kinds::CRON_JOB],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CRON_DEADLINE, sources::JOB_TERMINATION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        if *cx.kind() == kinds::CRON_JOB && self.starting {
            self.check_starting(cx.spec().mapping()?.get("startingDeadlineSeconds"), out)?;
        }
        let place = job_spec(cx)?.get("activeDeadlineSeconds");
        let of_pod = cx.pod()?.map(|pod| pod.spec().get("activeDeadlineSeconds"));
        if self.active && place.int()?.is_none() && of_pod.is_none_or(|node| !node.exists()) {
            let message = "no activeDeadlineSeconds ends a Job that hangs";
            out.report(place, message).why("a Job that hangs is never noticed");
        }
        Ok(())
    }
}

impl MissingJobDeadline {
    fn check_starting(&self, place: Node<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let (message, why) = match place.int()? {
            None => (
                "no startingDeadlineSeconds keeps a missed run from starting late".to_owned(),
                "a run that was missed at night starts in the busiest hour",
            ),
            Some(seconds) if seconds < LEAST_SECONDS => (
                text!["startingDeadlineSeconds of ", seconds.to_string(), " is less than 10"],
                "the controller looks only every 10 seconds, and may skip every run",
            ),
            Some(_) => return Ok(()),
        };
        let wanted = i64::from(self.starting_seconds.get()).max(LEAST_SECONDS);
        let title = text!["set startingDeadlineSeconds to ", wanted.to_string()];
        out.report(place, message).why(why).unsafe_fix(title, vec![Edit::set(place, wanted)]);
        Ok(())
    }
}
