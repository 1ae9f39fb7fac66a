//! What a finding leads to at admission.

use crate::policy::common::{OnMissingCompanion, OnViolation, Otherwise};
use crate::policy::configured::Configured;
use crate::policy::context::Operation;
use crate::policy::finding::Finding;
use crate::policy::metadata::Severity;

/// What a finding leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: the background audit reports it.
    Nothing,
    /// The object is accepted with a warning.
    Warning,
    /// The object is rejected.
    Rejection,
}

/// What a finding of this policy leads to. If another object is still to come, the one that comes first isn't to blame; the
/// background audit, which sends CREATE too, checks when everything is there. What a policy notes besides what it is about
/// rejects nothing.
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
