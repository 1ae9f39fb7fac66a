//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod catalogue;
mod sources;
mod probe_rules;
mod retry_rules;

pub mod autoscaler_without_requests;
pub mod canary_without_retries;
pub mod capacity_drop_on_rollout;
pub mod colocated_replicas;
pub mod delayed_probe;
pub mod drain_deadlock;
pub mod missing_disruption_budget;
pub mod missing_prestop;
pub mod missing_readiness_probe;
pub mod missing_requests;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<canary_without_retries::CanaryWithoutRetries>(),
    Entry::of::<capacity_drop_on_rollout::CapacityDropOnRollout>(),
    Entry::of::<colocated_replicas::ColocatedReplicas>(),
    Entry::of::<delayed_probe::DelayedProbe>(),
    Entry::of::<drain_deadlock::DrainDeadlock>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_requests::MissingRequests>(),
];
