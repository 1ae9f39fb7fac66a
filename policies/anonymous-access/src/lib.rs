//! The module of the policy `anonymous-access`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::anonymous_access::AnonymousAccess);
