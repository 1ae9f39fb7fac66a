//! The core of Plimsoll: a Kubernetes object and an inventory in, findings out.
//!
//! No IO, no clock, no YAML text and no Kubewarden in here: hosts (the Wasm modules, the command line, the browser) bring
//! those.

#[cfg(feature = "catalogue")]
pub mod catalogue;
pub mod context;
pub mod evaluate;
pub mod finding;
pub mod fix;
pub mod graph;
pub mod inventory;
pub mod kube;
pub mod mend;
pub mod path;
pub mod policies;
pub mod policy;
pub mod selection;
pub mod settings;
pub mod suite;
pub mod timeline;
