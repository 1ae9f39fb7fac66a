//! The module of the policy `added-capabilities`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::added_capabilities::AddedCapabilities);
