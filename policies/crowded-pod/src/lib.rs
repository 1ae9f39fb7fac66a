//! The module of the policy `crowded-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::crowded_pod::CrowdedPod);
