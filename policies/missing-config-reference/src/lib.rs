//! The module of the policy `missing-config-reference`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::missing_config_reference::MissingConfigReference);
