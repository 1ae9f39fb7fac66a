//! What several policies write when they write a preStop hook.

use crate::policies::prelude::*;

/// What the process gets to finish its requests in, after the wait: as long as `short-grace-period` asks for.
const DRAIN_SECONDS: i64 = 15;

/// The clock of the grace period starts with the hook: a longer wait needs a longer period.
pub(super) fn longer_grace_period(pod: &Pod<'_>, wait_seconds: i64) -> Result<Option<Edit>, Malformed> {
    let node = pod.spec().get("terminationGracePeriodSeconds");
    let needed = wait_seconds + DRAIN_SECONDS;
    let enough = node.int()?.unwrap_or(30) >= needed;
    Ok((!enough).then(|| Edit::set(node, json!(needed))))
}
