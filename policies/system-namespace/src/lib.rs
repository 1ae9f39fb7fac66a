//! The module of the policy `system-namespace`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::metadata::system_namespace::SystemNamespace);
