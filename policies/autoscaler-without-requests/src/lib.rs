//! The module of the policy `autoscaler-without-requests`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::autoscaler_without_requests::AutoscalerWithoutRequests);
