//! A control plane of its own for tests: the real programs on loopback, with a stand-in for the kubelet and for what
//! provisions volumes, and policy-server behind webhooks as Kubewarden's controller writes them.
//!
//! Everything is started by a test and stopped when the test ends, however it ends. When it fails, the logs stay.

pub mod api;
pub mod certificates;
pub mod cluster;
pub mod kubectl;
pub mod kubelet;
pub mod policies;
pub mod policy_server;
pub mod process;
pub mod recorder;
pub mod scrub;
pub mod sequence;
pub mod server;
pub mod wait;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The folder with the modules under test: `PLIMSOLL_MODULES`, or those that ship.
pub fn modules_dir() -> PathBuf {
    std::env::var_os("PLIMSOLL_MODULES").map_or_else(|| repository().join("target/policies/policy"), PathBuf::from)
}
