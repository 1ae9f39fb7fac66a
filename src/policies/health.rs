//! Probes.

mod probe_rules;

pub mod delayed_probe;
pub mod far_reaching_liveness;
pub mod hasty_liveness;
pub mod identical_probes;
pub mod mesh_blocked_probe;
pub mod missing_liveness_probe;
pub mod missing_readiness_probe;
pub mod missing_startup_probe;
pub mod probe_client_timeout;
pub mod probe_host;
pub mod probe_timing;
pub mod startup_window;
pub mod undeclared_probe_port;
pub mod vacuous_probe;
