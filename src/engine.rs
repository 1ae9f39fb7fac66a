//! Running policies: selection, evaluation, fixes.

#[cfg(feature = "catalogue")]
pub mod catalogue;
pub mod config;
pub mod consequence;
pub mod evaluate;
pub mod fix;
pub mod renamed;
