//! The module of the policy `untrusted-registry`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::images::untrusted_registry::UntrustedRegistry);
