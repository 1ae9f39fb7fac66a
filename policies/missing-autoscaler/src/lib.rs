//! The module of the policy `missing-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::missing_autoscaler::MissingAutoscaler);
