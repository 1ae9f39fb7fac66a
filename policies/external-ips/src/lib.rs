//! The module of the policy `external-ips`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::external_ips::ExternalIps);
