//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod catalogue;
mod probe_rules;
mod retry_rules;
mod sources;

pub mod canary_without_retries;
pub mod delayed_probe;
pub mod missing_prestop;
pub mod missing_readiness_probe;
pub mod missing_requests;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<canary_without_retries::CanaryWithoutRetries>(),
    Entry::of::<delayed_probe::DelayedProbe>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_requests::MissingRequests>(),
];
