use crate::policies::prelude::*;

/// ## What it does
/// Reports Jobs and CronJobs whose pods have a `restartPolicy` other than `OnFailure` and `Never`. An absent one counts: it
/// defaults to `Always`.
///
/// ## Why
/// A pod that is always restarted never finishes, so its Job never completes. The API server rejects such a Job, often in the
/// middle of the release that needed its migration.
///
/// ## What to write
/// ```yaml
/// template:
///   spec:
///     restartPolicy: OnFailure
/// ```
/// With `OnFailure` the kubelet restarts the failed container in the same pod; with `Never` the Job creates a new pod for every
/// attempt, and failed pods are kept for inspection.
///
/// ## Limits
/// The fix writes `Never` where the API requires it: with `podFailurePolicy` or `backoffLimitPerIndex`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct JobRestartPolicy {
    /// What the fix writes where both are valid: `OnFailure` or `Never`.
    pub prefer: RestartPolicy,
}

/// What happens when a container fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum RestartPolicy {
    /// The kubelet restarts it in its pod.
    #[default]
    OnFailure,
    /// Its pod fails.
    Never,
}

impl RestartPolicy {
    fn name(self) -> &'static str {
        match self {
            RestartPolicy::OnFailure => "OnFailure",
            RestartPolicy::Never => "Never",
        }
    }
}

impl Policy for JobRestartPolicy {
    const METADATA: Metadata = Metadata {
        id: "job-restart-policy",
        title: "Jobs restart their pods on failure or never",
        why: "the API server rejects a Job whose pods are always restarted",
        help: "set restartPolicy to OnFailure or Never",
        category: Category::Workload,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::JOB, &kinds::CRON_JOB],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::JOB_FAILURES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let node = pod.spec().get("restartPolicy");
        let message = match node.str()? {
            Some("OnFailure" | "Never") => return Ok(()),
            Some(policy) => text!["the Job's pods have restartPolicy ", policy, ", not OnFailure or Never"],
            None => "the Job's pods have no restartPolicy, which defaults to Always".to_owned(),
        };
        let job = if *cx.kind() == kinds::CRON_JOB { cx.spec().dig(&["jobTemplate", "spec"]) } else { cx.spec() };
        let counts_pods = job.get("podFailurePolicy").exists() || job.get("backoffLimitPerIndex").exists();
        let policy = if counts_pods { RestartPolicy::Never } else { self.prefer };
        let help = text!["set restartPolicy to ", policy.name()];
        let edits = vec![Edit::set(node, policy.name())];
        out.report(node, message).unsafe_fix(help, edits);
        Ok(())
    }
}
