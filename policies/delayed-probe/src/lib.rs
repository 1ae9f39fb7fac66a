//! The module of the policy `delayed-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::delayed_probe::DelayedProbe);
