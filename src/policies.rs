//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod catalogue;
mod sources;

pub mod autoscaler_without_requests;
pub mod capacity_drop_on_rollout;
pub mod colocated_replicas;
pub mod drain_deadlock;
pub mod missing_disruption_budget;
pub mod missing_prestop;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<capacity_drop_on_rollout::CapacityDropOnRollout>(),
    Entry::of::<colocated_replicas::ColocatedReplicas>(),
    Entry::of::<drain_deadlock::DrainDeadlock>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
];
