//! Kinds and versions of workloads.

pub mod bare_pod;
pub mod crowded_pod;
pub mod job_restart_policy;
pub mod legacy_controller;
pub mod overlapping_selectors;
pub mod removed_api;
