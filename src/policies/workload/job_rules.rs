//! Shared by the policies about Jobs.

use crate::policies::prelude::*;

/// The spec of the checked Job, or of the Jobs that the checked CronJob creates.
pub(super) fn job_spec<'a>(cx: &Context<'a>) -> Result<Node<'a>, Malformed> {
    let spec = cx.spec().mapping()?;
    if *cx.kind() == kinds::CRON_JOB {
        return spec.get("jobTemplate").mapping()?.get("spec").mapping();
    }
    Ok(spec)
}
