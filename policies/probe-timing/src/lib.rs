//! The module of the policy `probe-timing`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::probe_timing::ProbeTiming);
