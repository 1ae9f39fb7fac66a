//! The module of the policy `missing-startup-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::missing_startup_probe::MissingStartupProbe);
