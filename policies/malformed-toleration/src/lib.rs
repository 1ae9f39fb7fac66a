//! The module of the policy `malformed-toleration`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::malformed_toleration::MalformedToleration);
