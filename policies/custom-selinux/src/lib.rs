//! The module of the policy `custom-selinux`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::custom_selinux::CustomSelinux);
