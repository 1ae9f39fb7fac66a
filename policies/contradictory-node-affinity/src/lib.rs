//! The module of the policy `contradictory-node-affinity`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::contradictory_node_affinity::ContradictoryNodeAffinity);
