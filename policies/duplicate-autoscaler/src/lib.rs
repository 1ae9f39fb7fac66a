//! The module of the policy `duplicate-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::duplicate_autoscaler::DuplicateAutoscaler);
