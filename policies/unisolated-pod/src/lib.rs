//! The module of the policy `unisolated-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::unisolated_pod::UnisolatedPod);
