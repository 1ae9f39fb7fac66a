//! Disruption budgets and node drains.

pub(crate) mod budget_rules;

pub mod dangling_disruption_budget;
pub mod drain_deadlock;
pub mod missing_disruption_budget;
pub mod overlapping_disruption_budgets;
pub mod rounded_disruption_budget;
pub mod stuck_unhealthy_pods;
pub mod thin_disruption_budget;
pub mod unevictable_pod;
