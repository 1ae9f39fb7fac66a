use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments, StatefulSets and DaemonSets whose annotation `kubernetes.io/change-cause` is missing or empty.
///
/// ## Why
/// These kinds keep earlier revisions, and `kubectl rollout undo` goes back to one of them. `kubectl rollout history` lists
/// them by number; only this annotation, which is copied to the revision when the rollout starts, says what each of them
/// changed. Without it the list is a column of `<none>` at the moment somebody has to pick one in a hurry.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     kubernetes.io/change-cause: "4.2.0: orders are charged once"
/// ```
/// Write it anew with each change, best from the release pipeline. A stale text is worse than none: it describes the new
/// revision as the previous one. That is why this policy is in no profile.
///
/// ## Limits
/// Whether the text describes the change can't be checked. Helm and GitOps controllers keep the history elsewhere and don't
/// need it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingChangeCause {}

impl Policy for MissingChangeCause {
    const METADATA: Metadata = Metadata {
        id: "missing-change-cause",
        title: "Revisions say what they changed",
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
