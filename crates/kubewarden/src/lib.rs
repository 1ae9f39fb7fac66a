//! What puts policies into a cluster with [Kubewarden](https://docs.kubewarden.io): which requests each is asked about,
//! what it may look up, and the custom resources that say so. The generated files and the playground are made of it.

mod manifest;
mod rbac;
mod rules;
mod shipped;

pub use manifest::{Manifest, Spec, manifest, mutates};
pub use rbac::rbac;
pub use rules::{
    ContextAwareResource, HostCall, Rule, checked, context_aware, host_calls, image, look_ups, looked_up, module,
    rules, rules_for,
};
pub use shipped::{SUITE, Shipped};
