//! The module of the policy `dangling-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::dangling_autoscaler::DanglingAutoscaler);
