//! The module of the policy `undamped-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::undamped_autoscaler::UndampedAutoscaler);
