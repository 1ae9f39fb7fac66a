//! Services, routes, network policies and meshes.

mod retry_rules;
mod target_port_rules;

pub mod canary_without_retries;
pub mod catch_all_ingress;
pub mod dangling_ingress;
pub mod dangling_network_policy;
pub mod dangling_policy_peer;
pub mod dangling_route;
pub mod dangling_service;
pub mod dangling_service_monitor;
pub mod duplicate_route;
pub mod endpointless_service;
pub mod exposed_service;
pub mod external_ips;
pub mod ingress_snippet;
pub mod ingress_without_tls;
pub mod legacy_ingress_class;
pub mod local_traffic_policy;
pub mod missing_headless_service;
pub mod numeric_target_port;
pub mod open_egress;
pub mod open_ingress_policy;
pub mod privileged_port;
pub mod redirecting_service;
pub mod route_without_retries;
pub mod ssh_port;
pub mod undeclared_target_port;
pub mod unisolated_pod;
pub mod unnamed_port;
