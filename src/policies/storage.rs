//! Volumes and claims.

pub mod dangling_claim;
pub mod dangling_mount;
pub mod deleted_volume_data;
pub mod exclusive_volume;
pub mod git_repo_volume;
pub mod shared_stateful_storage;
pub mod unbounded_empty_dir;
pub mod unusual_volume_type;
