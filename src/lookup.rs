//! Relations between the checked object and those around it.

pub mod access;
pub mod autoscaler;
pub mod budget;
pub mod companion;
pub mod exclusive;
pub mod limit_range;
pub mod mesh;
pub mod network_policy;
pub mod reference;
pub mod service;
pub mod service_account;
pub mod service_class;
pub mod serving;
pub mod workload;
