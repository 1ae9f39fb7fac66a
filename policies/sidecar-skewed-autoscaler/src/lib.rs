//! The module of the policy `sidecar-skewed-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::sidecar_skewed_autoscaler::SidecarSkewedAutoscaler);
