//! The module of the policy `privileged-container`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::privileged_container::PrivilegedContainer);
