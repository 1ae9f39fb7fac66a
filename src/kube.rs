//! Read-only views over Kubernetes objects as JSON: nothing is decoded into typed structs, nothing is copied.

pub mod budget;
pub mod container;
pub mod duration;
pub mod hook;
pub mod image;
pub mod kinds;
pub mod masks;
pub mod mesh;
pub mod metric;
pub mod node;
pub mod object;
pub mod percent;
pub mod pod;
pub mod port;
pub mod probe;
pub mod quantity;
pub mod removed_apis;
pub mod resources;
pub mod retries;
pub mod scaling;
pub mod scheduling;
pub mod security;
pub mod selector;
pub mod shell;
pub mod volume;
pub mod workload;
