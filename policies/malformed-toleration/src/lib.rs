//! The module of the policy `malformed-toleration`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::malformed_toleration::MalformedToleration);
