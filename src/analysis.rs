//! Analyses of objects: which target which, how a pod terminates, and which of their texts reports must not show.

pub mod credentials;
pub mod graph;
pub mod timeline;
