//! The module of the policy `dangling-claim`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::dangling_claim::DanglingClaim);
