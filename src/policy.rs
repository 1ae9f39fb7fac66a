//! Policies: metadata, settings, checks, findings and fixes.

pub mod common;
pub mod configured;
pub mod context;
pub mod error;
pub mod exemption;
pub mod finding;
pub mod fix;
pub mod metadata;
pub mod rule;
