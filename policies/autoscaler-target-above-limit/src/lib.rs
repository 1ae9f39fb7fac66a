//! The module of the policy `autoscaler-target-above-limit`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::autoscaler_target_above_limit::AutoscalerTargetAboveLimit);
