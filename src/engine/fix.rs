//! Applying fixes until nothing is left to fix.

use serde_json::Value;

use crate::engine::evaluate::{Report, Review, evaluate};
use crate::json::edit::Edit;
use crate::json::path::Path;
use crate::policy::configured::Configured;
use crate::policy::fix::{Applicability, Fix};
use crate::policy::metadata::Metadata;

/// More passes than any set of fixes needs; a set that needs more contradicts itself.
const PASSES: usize = 10;

/// An object after its fixes.
#[derive(Debug)]
pub struct FixOutcome {
    /// The object as it should be.
    pub object: Value,
    /// What was done, in order.
    pub fixes: Vec<Fix>,
    /// What came of checking the fixed object.
    pub report: Report,
}

/// Applies fixes, checks again, and so on until none is left. `trust` says how trustworthy a policy's fixes must be at
/// least; `None` applies none of that policy's.
///
/// Exemptions hold: what is exempt isn't touched.
pub fn fix(
    policies: &[Configured],
    review: &Review<'_>,
    trust: &dyn Fn(&'static Metadata) -> Option<Applicability>,
) -> FixOutcome {
    let mut fixed = FixOutcome { object: review.object.clone(), fixes: Vec::new(), report: evaluate(policies, review) };
    for _ in 0..PASSES {
        let mut touched: Vec<Path> = Vec::new();
        for finding in &fixed.report.findings {
            let Some(fix) = &finding.fix else { continue };
            if trust(finding.metadata).is_none_or(|least| fix.applicability < least) {
                continue;
            }
            let places: Vec<Path> = fix.edits.iter().map(reach).collect();
            // Two fixes at one place would undo each other or count wrong: the second waits for the next pass.
            if places.iter().any(|place| touched.iter().any(|other| overlap(place, other))) {
                continue;
            }
            if fix.apply(&mut fixed.object).is_ok() {
                touched.extend(places);
                fixed.fixes.push(fix.clone());
            }
        }
        if touched.is_empty() {
            break;
        }
        fixed.report = evaluate(policies, &Review { object: &fixed.object, ..*review });
    }
    fixed
}

/// Everything whose place an edit may shift or change.
fn reach(edit: &Edit) -> Path {
    match edit {
        // Elements behind a removed one move up.
        Edit::Remove { at } => at.parent().unwrap_or_default(),
        Edit::Set { at, .. } | Edit::Append { at, .. } => at.clone(),
    }
}

fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
