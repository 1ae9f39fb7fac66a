//! The module of the policy `frozen-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::frozen_autoscaler::FrozenAutoscaler);
