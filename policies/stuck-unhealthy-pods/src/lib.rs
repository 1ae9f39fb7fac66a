//! The module of the policy `stuck-unhealthy-pods`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::stuck_unhealthy_pods::StuckUnhealthyPods);
