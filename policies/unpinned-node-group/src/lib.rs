//! The module of the policy `unpinned-node-group`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::unpinned_node_group::UnpinnedNodeGroup);
