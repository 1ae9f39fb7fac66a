//! Container images.

pub mod image_pull_policy;
pub mod missing_pull_secret;
pub mod mutable_image_tag;
pub mod required_image_properties;
pub mod untrusted_registry;

use crate::settings::Glob;

/// Tags that are usually moved: the default of every setting `mutableTags`.
fn mutable_tags() -> Vec<Glob> {
    const TAGS: &[&str] = &[
        "latest",
        "*-latest",
        "*-SNAPSHOT",
        "stable",
        "main",
        "master",
        "trunk",
        "develop",
        "dev",
        "edge",
        "nightly",
        "canary",
        // Variants of the latest image.
        "alpine",
        "slim",
    ];
    TAGS.iter().map(|&tag| Glob::new(tag)).collect()
}
