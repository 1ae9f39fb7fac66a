//! The module of the policy `dangling-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::dangling_autoscaler::DanglingAutoscaler);
