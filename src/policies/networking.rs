//! Services, routes, network policies and meshes.

mod retry_rules;
mod target_port_rules;

pub mod canary_without_retries;
pub mod dangling_ingress;
pub mod dangling_network_policy;
pub mod dangling_service;
pub mod local_traffic_policy;
pub mod missing_headless_service;
pub mod numeric_target_port;
pub mod open_egress;
pub mod route_without_retries;
pub mod undeclared_target_port;
pub mod unisolated_pod;
pub mod unnamed_port;
