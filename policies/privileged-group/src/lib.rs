//! The module of the policy `privileged-group`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::privileged_group::PrivilegedGroup);
