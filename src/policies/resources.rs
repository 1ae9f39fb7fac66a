//! Requests, limits, quotas.

mod resource_rules;

pub mod best_effort_pod;
pub mod impossible_resources;
pub mod missing_cpu_limit;
pub mod missing_ephemeral_storage;
pub mod missing_memory_limit;
pub mod missing_quota;
pub mod missing_requests;
pub mod request_limit_ratio;
pub mod resource_range;
pub mod undersized_quota;
