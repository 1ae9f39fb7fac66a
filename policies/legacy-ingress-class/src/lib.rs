//! The module of the policy `legacy-ingress-class`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::legacy_ingress_class::LegacyIngressClass);
