//! The core of Plimsoll: a Kubernetes object and an inventory in, findings out.
//!
//! No IO, no clock, no YAML text and no Kubewarden in here: hosts (the Wasm modules, the command line, the browser) bring
//! those.
//!
//! The modules are layers: each imports only from those above it in this list.

pub mod analysis;
pub mod engine;
pub mod inventory;
pub mod json;
pub mod kube;
pub mod lookup;
pub mod policies;
pub mod policy;
pub mod settings;
pub mod text;
