//! The module of the policy `catch-all-ingress`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::catch_all_ingress::CatchAllIngress);
