//! The module of the policy `local-traffic-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::local_traffic_policy::LocalTrafficPolicy);
