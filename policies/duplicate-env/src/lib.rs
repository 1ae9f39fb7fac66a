//! The module of the policy `duplicate-env`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::duplicate_env::DuplicateEnv);
