//! The module of the policy `missing-liveness-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::missing_liveness_probe::MissingLivenessProbe);
