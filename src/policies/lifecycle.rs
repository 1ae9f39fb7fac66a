//! How containers start and, above all, how they stop.

mod prestop_rules;
pub mod shutdown;

pub mod blocking_poststart;
pub mod early_proxy_shutdown;
pub mod endless_prestop;
pub mod late_proxy_start;
pub mod lost_termination_message;
pub mod meshed_job;
pub mod missing_prestop;
pub mod shell_entrypoint;
pub mod short_grace_period;
pub mod unlogged_hook;
