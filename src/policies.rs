//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod catalogue;
mod probe_rules;
mod retry_rules;
mod sources;

pub mod autoscaler_without_requests;
pub mod canary_without_retries;
pub mod capacity_drop_on_rollout;
pub mod colocated_replicas;
pub mod delayed_probe;
pub mod drain_deadlock;
pub mod host_namespaces;
pub mod missing_disruption_budget;
pub mod missing_prestop;
pub mod missing_readiness_probe;
pub mod missing_requests;
pub mod mutable_image_tag;
pub mod retained_capabilities;
pub mod root_user;
pub mod shell_entrypoint;
pub mod short_grace_period;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<canary_without_retries::CanaryWithoutRetries>(),
    Entry::of::<capacity_drop_on_rollout::CapacityDropOnRollout>(),
    Entry::of::<colocated_replicas::ColocatedReplicas>(),
    Entry::of::<delayed_probe::DelayedProbe>(),
    Entry::of::<drain_deadlock::DrainDeadlock>(),
    Entry::of::<host_namespaces::HostNamespaces>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_requests::MissingRequests>(),
    Entry::of::<mutable_image_tag::MutableImageTag>(),
    Entry::of::<retained_capabilities::RetainedCapabilities>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<shell_entrypoint::ShellEntrypoint>(),
    Entry::of::<short_grace_period::ShortGracePeriod>(),
];
