//! The other changes of a fix that writes a preStop hook.

use crate::policies::prelude::*;

/// How long the process may drain after the wait: as long as `short-grace-period` requires.
const DRAIN_SECONDS: i64 = 15;

/// The grace period starts with the hook, so a longer wait needs a longer period.
pub(super) fn longer_grace_period(pod: &Pod<'_>, wait_seconds: i64) -> Result<Option<Edit>, Malformed> {
    let node = pod.spec().get("terminationGracePeriodSeconds");
    let needed = wait_seconds + DRAIN_SECONDS;
    let enough = node.int()?.unwrap_or(30) >= needed;
    Ok((!enough).then(|| Edit::set(node, needed)))
}
