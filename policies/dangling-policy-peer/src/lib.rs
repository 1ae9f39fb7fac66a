//! The module of the policy `dangling-policy-peer`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_policy_peer::DanglingPolicyPeer);
