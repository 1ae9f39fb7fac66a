//! The module of the policy `missing-readiness-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::missing_readiness_probe::MissingReadinessProbe);
