//! The module of the policy `missing-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::missing_autoscaler::MissingAutoscaler);
