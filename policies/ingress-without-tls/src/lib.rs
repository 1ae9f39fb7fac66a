//! The module of the policy `ingress-without-tls`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::ingress_without_tls::IngressWithoutTls);
