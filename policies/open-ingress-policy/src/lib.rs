//! The module of the policy `open-ingress-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::open_ingress_policy::OpenIngressPolicy);
