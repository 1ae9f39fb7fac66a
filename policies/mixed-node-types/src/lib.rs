//! The module of the policy `mixed-node-types`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::mixed_node_types::MixedNodeTypes);
