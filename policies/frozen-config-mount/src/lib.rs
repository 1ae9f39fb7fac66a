//! The module of the policy `frozen-config-mount`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::frozen_config_mount::FrozenConfigMount);
