//! The module of the policy `open-egress`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::open_egress::OpenEgress);
