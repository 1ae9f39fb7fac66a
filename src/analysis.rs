//! What objects mean together: what targets what, and how a pod ends.

pub mod graph;
pub mod timeline;
