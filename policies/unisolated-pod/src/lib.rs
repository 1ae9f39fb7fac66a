//! The module of the policy `unisolated-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::unisolated_pod::UnisolatedPod);
