//! The module of the policy `hasty-liveness`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::hasty_liveness::HastyLiveness);
