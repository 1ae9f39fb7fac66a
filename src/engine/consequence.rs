//! The consequences of findings at admission.

use crate::policy::common::{OnMissingCompanion, OnViolation, Otherwise};
use crate::policy::configured::Configured;
use crate::policy::context::Operation;
use crate::policy::finding::Finding;
use crate::policy::metadata::Severity;

/// The consequence of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: the background audit reports it.
    Nothing,
    /// The object is accepted with a warning.
    Warning,
    /// The object is rejected.
    Rejection,
}

/// True when none of the policy's findings has a consequence: all of them wait for other objects, and nobody wants to hear of
/// them before. Such a policy needs no look-ups, and none that fails denies the object.
pub fn waits(policy: &Configured, operation: Operation, audit: bool) -> bool {
    let common = &policy.common;
    policy.metadata.expects_later_object
        && operation == Operation::Create
        && !audit
        && common.on_missing_companion == OnMissingCompanion::Silent
        && common.on_violation != Some(OnViolation::Fix)
}

/// The consequence of a finding of this policy. If it waits for another object, a CREATE comes too early to deny; the
/// background audit sends CREATE too, but by then everything exists. Notes below the policy's own severity never deny.
pub fn consequence(policy: &Configured, finding: &Finding, operation: Operation, audit: bool) -> Consequence {
    let common = &policy.common;
    if finding.warn_on_create && operation == Operation::Create && !audit {
        match common.on_missing_companion {
            OnMissingCompanion::Silent => return Consequence::Nothing,
            OnMissingCompanion::Warn => return Consequence::Warning,
            OnMissingCompanion::Deny => {}
        }
    }
    let warns = match common.on_violation {
        Some(OnViolation::Deny) => false,
        Some(OnViolation::Warn) => true,
        Some(OnViolation::Fix) => common.otherwise == Otherwise::Warn,
        None => finding.severity == Severity::Info && policy.metadata.severity > Severity::Info,
    };
    if warns { Consequence::Warning } else { Consequence::Rejection }
}
