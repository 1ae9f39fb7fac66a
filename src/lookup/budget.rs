//! PodDisruptionBudgets around the checked object, and the workloads under them.

use crate::inventory::{Filter, Found};
use crate::json::edit::Edit;
use crate::kube::budget::{Budget, Demand};
use crate::kube::kinds;
use crate::kube::selector::{Labels, Selector};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{Expected, expected_pods};
use crate::lookup::workload;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Related;

impl Budget<'_> {
    /// The fix that changes it to `demand`: a title, and the edits.
    pub fn change_to(&self, demand: Demand) -> (String, Vec<Edit>) {
        let (field, other, amount) = match demand {
            Demand::MinAvailable(amount) => ("minAvailable", "maxUnavailable", amount),
            Demand::MaxUnavailable(amount) => ("maxUnavailable", "minAvailable", amount),
            Demand::Neither | Demand::Both => return (String::new(), Vec::new()),
        };
        let spec = self.object.get("spec");
        let mut order = String::new();
        let mut edits = Vec::new();
        if spec.get(other).exists() {
            order = ["remove ", other, " and "].concat();
            edits.push(Edit::Remove { at: spec.get(other).path() });
        }
        edits.push(Edit::Set { at: spec.get(field).path(), value: amount.json() });
        ([&order, "set ", field, " to ", &amount.written()].concat(), edits)
    }

    /// The place of its demand.
    pub fn related(&self) -> Related {
        let kind = &kinds::POD_DISRUPTION_BUDGET;
        Related::to(kind, self.demand_node(), self.object, self.demand.written())
    }
}

/// The budgets in the checked object's namespace that select pods with these labels.
///
/// # Errors
/// If they can't be looked up or read.
pub fn budgets_for(cx: &Context<'_>, labels: Labels<'_>) -> Result<Vec<Found>, CheckError> {
    let mut budgets = Vec::new();
    for found in cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Selecting(labels))? {
        let budget = Budget::read(found.root(cx.arena())).map_err(|malformed| found.unreadable(&malformed))?;
        if budget.selects(labels) {
            budgets.push(found);
        }
    }
    Ok(budgets)
}

/// One workload under a budget.
pub struct Member {
    /// The workload.
    pub workload: Found,
    /// How many pods it has.
    pub expected: Expected,
}

/// The workloads in the checked object's namespace that `selector` selects, each with its number of pods.
///
/// # Errors
/// If they, or their autoscalers, can't be looked up or read.
pub fn members(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Vec<Member>, CheckError> {
    let mut members = Vec::new();
    for found in workload::selected_by(cx, selector)? {
        let Some(workload) = Workload::of(found.root(cx.arena()), found.kind) else { continue };
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Malformed(malformed)) => return Err(found.unreadable(&malformed).into()),
            answer => answer?,
        };
        members.push(Member { workload: found, expected });
    }
    Ok(members)
}
