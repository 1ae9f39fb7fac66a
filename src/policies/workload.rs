//! Kinds and versions of workloads, and how Jobs run.

mod job_rules;

pub mod bare_pod;
pub mod concurrent_cron_job;
pub mod crowded_pod;
pub mod deprecated_field;
pub mod endless_job_retries;
pub mod invalid_schedule;
pub mod job_restart_policy;
pub mod legacy_controller;
pub mod missing_job_deadline;
pub mod overlapping_selectors;
pub mod removed_api;
pub mod unlimited_job_history;
