//! The module of the policy `unschedulable-anti-affinity`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::unschedulable_anti_affinity::UnschedulableAntiAffinity);
