//! The module of the policy `delayed-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::delayed_probe::DelayedProbe);
