//! The module of the policy `untrusted-registry`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::untrusted_registry::UntrustedRegistry);
