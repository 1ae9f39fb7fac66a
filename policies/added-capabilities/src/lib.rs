//! The module of the policy `added-capabilities`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::added_capabilities::AddedCapabilities);
