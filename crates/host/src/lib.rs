//! An embedded Kubewarden-compatible host: runs a waPC policy module as policy-server and kwctl do, in process, on the
//! same engine.
//!
//! The crate knows no particular policy. A [`Module`] is compiled once and started again for every request
//! ([`Module::instantiate`]), with [`Grants`] for what it may read and [`Callbacks`] that answer its host calls.
//!
//! Limits: calls that need a registry or a network are answered only from a recorded session, signatures are not
//! verified, and there are no policy groups and no monitor mode. As in a real host, a guest prints to this process's
//! output.
//!
//! Sizes and times: a compiled module is cheap to clone and to share between threads; an [`Instance`] belongs to one
//! thread.

mod callback;
mod cluster;
mod config;
mod engine;
mod error;
mod instance;
mod mask;
mod metadata;
mod module;
mod objects;
mod request;
mod selector;
mod session;
mod verdict;

pub use callback::{Answer, Call, Callbacks};
pub use cluster::Cluster;
pub use config::{Config, Grants};
pub use engine::{DEFAULT_DEADLINE, Engine, EngineOptions};
pub use error::HostError;
pub use instance::{Instance, SettingsVerdict};
pub use json_patch::Patch;
pub use metadata::{ContextAwareResource, METADATA_SECTION, ModuleMetadata, Rule, custom_section};
pub use module::Module;
pub use objects::Objects;
pub use request::{AdmissionRequest, GroupVersionKind, GroupVersionResource, Operation, audit_request, request};
pub use session::{
    CanI, Exchange, GetResource, HostCall, ListAllResources, ListResourcesByNamespace, Replay, ResourceAttributes,
    Session, SubjectAccessReview,
};
pub use verdict::Verdict;
