//! Running policies: choosing, evaluating, fixing.

#[cfg(feature = "catalogue")]
pub mod catalogue;
pub mod evaluate;
pub mod fix;
pub mod select;
pub mod suite;
