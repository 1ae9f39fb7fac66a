//! Container images.

pub mod image_pull_policy;
pub mod missing_pull_secret;
pub mod mutable_image_tag;
pub mod untrusted_registry;
