//! The module of the policy `restricted-level`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::restricted_level::RestrictedLevel);
