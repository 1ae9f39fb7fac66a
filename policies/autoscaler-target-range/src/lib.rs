//! The module of the policy `autoscaler-target-range`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::autoscaler_target_range::AutoscalerTargetRange);
