//! The module of the policy `dangling-ingress`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_ingress::DanglingIngress);
