//! The module of the policy `contradictory-node-affinity`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::contradictory_node_affinity::ContradictoryNodeAffinity);
