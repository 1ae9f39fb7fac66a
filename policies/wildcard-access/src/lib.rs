//! The module of the policy `wildcard-access`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::wildcard_access::WildcardAccess);
