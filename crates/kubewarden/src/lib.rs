//! Deploys policies with [Kubewarden](https://docs.kubewarden.io): the requests that each checks, the kinds that it
//! looks up, and the custom resources that declare both. Generated files and the playground use it.

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
