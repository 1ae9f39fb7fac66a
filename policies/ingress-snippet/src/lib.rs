//! The module of the policy `ingress-snippet`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::ingress_snippet::IngressSnippet);
