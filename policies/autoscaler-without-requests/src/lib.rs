//! The module of the policy `autoscaler-without-requests`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaler_without_requests::AutoscalerWithoutRequests);
