//! The module of the policy `unrolled-config`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::unrolled_config::UnrolledConfig);
