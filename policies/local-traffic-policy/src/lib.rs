//! The module of the policy `local-traffic-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::local_traffic_policy::LocalTrafficPolicy);
