//! The module of the policy `stale-node-label`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::stale_node_label::StaleNodeLabel);
