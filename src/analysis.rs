//! What objects mean: what targets what, how a pod ends, and what in them no report may show.

pub mod credentials;
pub mod graph;
pub mod timeline;
