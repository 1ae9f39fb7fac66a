//! The module of the policy `open-egress`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::open_egress::OpenEgress);
