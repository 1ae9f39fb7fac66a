//! The module of the policy `dangling-network-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_network_policy::DanglingNetworkPolicy);
