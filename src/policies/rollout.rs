//! Updates of workloads and the number of their pods.

pub mod capacity_drop_on_rollout;
pub mod instant_ready;
pub mod mismatched_selector;
pub mod missing_change_cause;
pub mod paused_rollout;
pub mod reckless_rollout;
pub mod recreate_strategy;
pub mod single_replica;
pub mod slow_rollout_failure;
pub mod unusable_rollback_history;
pub mod wide_surge;
