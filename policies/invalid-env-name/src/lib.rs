//! The module of the policy `invalid-env-name`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::invalid_env_name::InvalidEnvName);
