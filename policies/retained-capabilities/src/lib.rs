//! The module of the policy `retained-capabilities`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::retained_capabilities::RetainedCapabilities);
