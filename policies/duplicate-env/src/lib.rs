//! The module of the policy `duplicate-env`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::duplicate_env::DuplicateEnv);
