use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::policies::workload::job_rules::job_spec;

/// ## What it does
/// Reports Jobs, and the Jobs of CronJobs, that are tried too often: `backoffLimit`, or `backoffLimitPerIndex` if that is set, is
/// more than `max`. It defaults to 6. A Job of many pods may fail as often as it has pods: `completions` and `parallelism` count,
/// too. A Job with `activeDeadlineSeconds` ends in time and is not reported.
///
/// Unless `allowOnFailure` is set, it also reports `restartPolicy: OnFailure`.
///
/// ## Why
/// The pause between two attempts doubles up to six minutes: a Job that can't succeed, because of a wrong password or a table
/// that doesn't exist, fails for hours before anybody is notified, and puts load on what it depends on each time. With
/// `OnFailure` the pod is deleted when the limit is reached, along with the logs that would say why.
///
/// ## What to write
/// ```yaml
/// spec:
///   backoffLimit: 3
///   template:
///     spec:
///       restartPolicy: Never
/// ```
///
/// ## Limits
/// `podFailurePolicy` may end a Job earlier and is not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EndlessJobRetries {
    /// How many times a Job may be tried again.
    pub max: u16,
    /// Whether the kubelet may restart containers in their pod.
    pub allow_on_failure: bool,
}

impl Default for EndlessJobRetries {
    fn default() -> EndlessJobRetries {
        EndlessJobRetries { max: 10, allow_on_failure: true }
    }
}

impl Policy for EndlessJobRetries {
    const METADATA: Metadata = Metadata {
        id: "endless-job-retries",
        title: "Jobs that can't succeed fail soon",
        why: "a Job that can't succeed is tried for hours before it counts as failed",
        help: "lower backoffLimit",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::JOB, &kinds::CRON_JOB],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::JOB_BACKOFF, sources::JOB_FAILURES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        self.check_limit(job_spec(cx)?, out)?;
        let place = pod.spec().get("restartPolicy");
        if !self.allow_on_failure && place.str()? == Some("OnFailure") {
            let message = "restartPolicy OnFailure deletes the pod, and its logs, when the Job fails";
            out.report(place, message)
                .why("nobody can see any more why the Job failed")
                .unsafe_fix("set restartPolicy to Never", vec![Edit::set(place, "Never")]);
        }
        Ok(())
    }
}

impl EndlessJobRetries {
    fn check_limit(&self, job: Node<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let per_index = job.get("backoffLimitPerIndex");
        // With a limit for each index the API server sets the other one to its maximum.
        let (place, field, pods) = if per_index.exists() {
            (per_index, "backoffLimitPerIndex", 1)
        } else {
            let count = |key| Ok::<i64, Malformed>(job.get(key).int()?.unwrap_or(1));
            (job.get("backoffLimit"), "backoffLimit", count("completions")?.max(count("parallelism")?))
        };
        let most = i64::from(self.max).max(if pods > 1 { pods } else { 0 });
        let Some(limit) = place.int()?.filter(|limit| *limit > most) else { return Ok(()) };
        if job.get("activeDeadlineSeconds").exists() {
            return Ok(());
        }
        let message = text![field, " ", limit.to_string(), " is more than ", most.to_string()];
        let title = text!["set ", field, " to ", most.to_string()];
        out.report(place, message).unsafe_fix(title, vec![Edit::set(place, most)]);
        Ok(())
    }
}
