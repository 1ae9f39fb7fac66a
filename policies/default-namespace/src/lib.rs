//! The module of the policy `default-namespace`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::metadata::default_namespace::DefaultNamespace);
