//! The module of the policy `far-reaching-liveness`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::far_reaching_liveness::FarReachingLiveness);
