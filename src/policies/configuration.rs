//! Environment, ConfigMaps and Secrets.

pub(crate) mod credential_rules;

pub mod duplicate_env;
pub mod frozen_config_mount;
pub mod invalid_env_name;
pub mod missing_config_reference;
pub mod secret_as_env;
pub mod secret_in_config_map;
pub mod secret_in_env;
pub mod unrolled_config;
