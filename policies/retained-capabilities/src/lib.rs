//! The module of the policy `retained-capabilities`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::retained_capabilities::RetainedCapabilities);
