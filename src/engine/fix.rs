//! Applies fixes until none is left.

use serde_json::Value;

use crate::engine::evaluate::{Report, Review, evaluate};
use crate::json::edit::Edit;
use crate::json::path::Path;
use crate::policy::configured::Configured;
use crate::policy::fix::{Applicability, Fix};
use crate::policy::metadata::Metadata;

/// The maximum number of passes. A set of fixes that needs more contradicts itself.
const PASSES: usize = 10;

/// An object after its fixes.
#[derive(Debug)]
pub struct FixOutcome {
    /// The fixed object.
    pub object: Value,
    /// The applied fixes, in order.
    pub fixes: Vec<Fix>,
    /// The report on the fixed object.
    pub report: Report,
}

/// Applies fixes and checks again until none is left. `trust` returns the least applicability that a policy's fixes
/// need; `None` applies none of them.
///
/// Exempt findings are not fixed.
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
            // Two fixes at one place would undo each other or use stale indices: the second waits for the next pass.
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

/// The path below which an edit may shift or change anything.
fn reach(edit: &Edit) -> Path {
    match edit {
        // Elements after a removed one move up.
        Edit::Remove { at } => at.parent().unwrap_or_default(),
        Edit::Set { at, .. } if at.as_str().contains("/ports/") && at.as_str().ends_with("/name") => names_reach(at),
        Edit::Set { at, .. } | Edit::Append { at, .. } => at.clone(),
    }
}

/// Where a port's name is referred to: anywhere in its container.
fn names_reach(at: &Path) -> Path {
    let container = at.parent().and_then(|port| port.parent()).and_then(|ports| ports.parent());
    container.unwrap_or_default()
}

fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
