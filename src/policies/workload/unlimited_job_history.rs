use std::num::NonZeroU16;

use crate::policies::prelude::*;

/// ## What it does
/// Reports
///
/// - CronJobs that keep more than `max` finished Jobs: `successfulJobsHistoryLimit` or `failedJobsHistoryLimit`;
/// - Jobs without `ttlSecondsAfterFinished`, with severity `info`. Those that a CronJob or another owner creates are not
///   reported, nor are hooks of Helm and Argo CD, which delete their Jobs themselves.
///
/// ## Why
/// Finished Jobs and their pods stay until somebody deletes them. Thousands of them slow down the API server, every
/// `kubectl get pods` and whatever watches pods; nodes don't free the disks of pods that still exist.
///
/// ## What to write
/// ```yaml
/// apiVersion: batch/v1
/// kind: Job
/// metadata:
///   name: migrate
/// spec:
///   ttlSecondsAfterFinished: 86400
/// ```
/// A CronJob keeps 3 successful and 1 failed Jobs unless it says otherwise.
///
/// ## Limits
/// The fixes are unsafe: with the Job its logs are gone, and a tool such as Argo CD creates a Job again that was deleted, and so
/// runs it again. There, make it a hook.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnlimitedJobHistory {
    /// How many finished Jobs of each kind a CronJob may keep.
    pub max: NonZeroU16,
    /// What the fix writes into `ttlSecondsAfterFinished`.
    pub ttl_seconds: u32,
}

impl Default for UnlimitedJobHistory {
    fn default() -> UnlimitedJobHistory {
        UnlimitedJobHistory { max: const { NonZeroU16::MIN.saturating_add(9) }, ttl_seconds: 86_400 }
    }
}

/// The annotations of hooks, whose tools delete them.
const HOOKS: [&str; 2] = ["helm.sh/hook", "argocd.argoproj.io/hook"];

impl Policy for UnlimitedJobHistory {
    const METADATA: Metadata = Metadata {
        id: "unlimited-job-history",
        title: "Finished Jobs are deleted",
        why: "finished Jobs and their pods pile up, and slow down the API server",
        help: "set ttlSecondsAfterFinished",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::JOB, &kinds::CRON_JOB],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::FINISHED_JOBS, sources::CRON_HISTORY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let max = i64::from(self.max.get());
        if *cx.kind() == kinds::CRON_JOB {
            for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
                let place = spec.get(field);
                if let Some(kept) = place.int()?.filter(|kept| *kept > max) {
                    let message = text![field, " ", kept.to_string(), " is more than ", max.to_string()];
                    let title = text!["set ", field, " to ", max.to_string()];
                    out.report(place, message).unsafe_fix(title, vec![Edit::set(place, max)]);
                }
            }
            return Ok(());
        }
        let metadata = cx.object().get("metadata");
        let place = spec.get("ttlSecondsAfterFinished");
        let is_hook = HOOKS.iter().any(|key| metadata.get("annotations").entry(key).exists());
        if place.int()?.is_some() || is_hook || metadata.get("ownerReferences").items()?.next().is_some() {
            return Ok(());
        }
        let seconds = self.ttl_seconds.to_string();
        let title = text!["set ttlSecondsAfterFinished to ", seconds];
        out.report(place, "nothing deletes the Job once it has finished")
            .severity(Severity::Info)
            .unsafe_fix(title, vec![Edit::set(place, self.ttl_seconds)]);
        Ok(())
    }
}
