//! Deploys policies with [Kubewarden](https://docs.kubewarden.io): the requests that each checks, the kinds that it
//! looks up, and the custom resources that declare both. Generated files and the playground use it.

mod group;
mod manifest;
mod rbac;
mod rollout;
mod rules;
mod shipped;

pub use group::{Group, group, merged};
pub use manifest::{Manifest, Spec, manifest, mutates, rolled_out};
pub use rbac::{rbac, rbac_for};
pub use rollout::{Mode, Rollout, namespace_selector};
pub use rules::{
    ContextAwareResource, HostCall, Rule, checked, context_aware, host_calls, image, look_ups, looked_up, module,
    rules, rules_for,
};
pub use shipped::{SUITE, Shipped};
