use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};
use crate::settings::Range;

/// ## What it does
/// Reports Deployments, StatefulSets, DaemonSets and Argo Rollouts whose `revisionHistoryLimit` is outside `revisions`; it
/// defaults to 10.
///
/// ## Why
/// `kubectl rollout undo` goes back to a revision that the cluster has kept. A limit of 0 keeps none, a limit of 1 only the
/// previous one, which may be as broken as the current one. Many revisions are no use either: each is an object that every
/// controller watches and every backup copies, and nobody goes back fifty releases.
///
/// ## What to write
/// ```yaml
/// spec:
///   revisionHistoryLimit: 5
/// ```
///
/// ## Limits
/// A lower limit deletes the oldest revisions for good, so that fix is unsafe; raising the limit is safe. If you roll back by
/// deploying an older commit, you need few of them: `revisions: {min: 0}` accepts that.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnusableRollbackHistory {
    /// How many earlier revisions to keep, as `{min, max}`.
    pub revisions: Range<u32>,
}

impl Default for UnusableRollbackHistory {
    fn default() -> UnusableRollbackHistory {
        UnusableRollbackHistory { revisions: Range::new(2, 10) }
    }
}

/// The limit when none is set.
const DEFAULT: i64 = 10;

impl Policy for UnusableRollbackHistory {
    const METADATA: Metadata = Metadata {
        id: "unusable-rollback-history",
        title: "A few earlier revisions are kept for rollbacks",
        why: "without earlier revisions there is nothing to roll back to, and too many only burden the cluster",
        help: "set revisionHistoryLimit",
        category: Category::Rollout,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::ROLLOUT],
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::REVISION_HISTORY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let node = cx.spec().mapping()?.get("revisionHistoryLimit");
        let written = node.int()?;
        let limit = written.unwrap_or(DEFAULT);
        // The API server rejects negative numbers.
        let kept = u32::try_from(limit.max(0)).unwrap_or(u32::MAX);
        let Some(bound) = self.revisions.broken_by(kept) else { return Ok(()) };
        let is = if written.is_none() { "revisionHistoryLimit defaults to " } else { "revisionHistoryLimit is " };
        let message = text![is, limit.to_string(), ", ", bound.title()];
        let wanted = self.revisions.clamp(kept);
        let title = text!["set revisionHistoryLimit to ", wanted.to_string()];
        let applicability = if wanted < kept { Applicability::Unsafe } else { Applicability::Safe };
        let edits = vec![Edit::set(node, wanted)];
        out.report(node, message).fix(Fix { title, applicability, edits });
        Ok(())
    }
}
