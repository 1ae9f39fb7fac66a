use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments, StatefulSets and DaemonSets without the annotation `kubernetes.io/change-cause`, or with an empty
/// one.
///
/// ## Why
/// These kinds keep their last revisions, and `kubectl rollout undo` goes back to one of them. `kubectl rollout history`
/// lists them by number; what each of them was, only this annotation tells, which is copied to the revision when the
/// rollout starts. Without it the list is a column of `<none>`, at the moment when somebody has to pick one in a hurry.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     kubernetes.io/change-cause: "4.2.0: orders are charged once"
/// ```
/// It has to be written anew with each change, best by the pipeline that makes the release. An old text is worse than none:
/// it describes the new revision as the one before. That is why this policy is in no set.
///
/// ## Limits
/// Whether the text fits the change can't be told. Tools that keep the history elsewhere, such as Helm and GitOps
/// controllers, don't need it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingChangeCause {}

impl Policy for MissingChangeCause {
    const METADATA: Metadata = Metadata {
        id: "missing-change-cause",
        title: "Rollouts say why they happened",
        why: "kubectl rollout history can't tell one revision from another",
        help: "set the annotation kubernetes.io/change-cause to what this revision changes",
        category: Category::Rollout,
        severity: Severity::Info,
        profile: Profile::Off,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::ROLLOUT_HISTORY, sources::WELL_KNOWN_LABELS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let cause = cx.object().get("metadata").get("annotations").mapping()?.get("kubernetes.io/change-cause");
        match cause.str()? {
            None => out.report(cause, "the annotation kubernetes.io/change-cause is missing"),
            Some(text) if text.trim_ascii().is_empty() => {
                out.report(cause, "the annotation kubernetes.io/change-cause is empty")
            }
            Some(_) => return Ok(()),
        };
        Ok(())
    }
}
