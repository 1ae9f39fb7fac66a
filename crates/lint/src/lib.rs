//! Checking and fixing manifests, as the command line and the playground do: files are read into objects, all objects are
//! checked together, and what is found gets its place in the text.
//!
//! Nothing here does any input or output, and nothing asks for the date.

pub mod adding;
pub mod check;
pub mod cluster_snapshot;
mod each;
mod explained;
mod fingerprint;
pub mod fixing;
mod foreign;
mod kustomize;
pub mod manifests;
pub mod masks;
pub mod origins;
pub mod places;
pub mod policy_sets;
pub mod problem;
pub mod report;
#[cfg(test)]
mod sample;
pub mod source;
pub mod unknown_field;
pub mod visible;
pub mod words;
pub mod world;
