//! The core of Plimsoll: a Kubernetes object and an inventory in, findings out.
//!
//! No IO, no clock, no YAML text and no Kubewarden: hosts (the Wasm modules, the command line, the browser) provide
//! them.
//!
//! The modules are layers: each imports only from those above it in this list.
//!
//! ```
//! use plimsoll::engine::config::configure;
//! use plimsoll::engine::evaluate::{Review, evaluate};
//! use plimsoll::inventory::Unknown;
//! use plimsoll::settings::Date;
//! use serde_json::json;
//!
//! let policies = configure(&json!({"profile": "starter"}))?;
//! let pod = json!({
//!     "apiVersion": "v1",
//!     "kind": "Pod",
//!     "metadata": {"name": "web"},
//!     "spec": {"containers": [{"name": "app", "image": "app:1.0.0", "securityContext": {"privileged": true}}]},
//! });
//! let report = evaluate(&policies, &Review::create(&pod, &Unknown, Date::LAST));
//! let finding = report.findings.iter().find(|finding| finding.metadata.id == "privileged-container").unwrap();
//! assert_eq!(finding.path.as_str(), "/spec/containers/0/securityContext/privileged");
//! # Ok::<(), plimsoll::settings::SettingsError>(())
//! ```

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
