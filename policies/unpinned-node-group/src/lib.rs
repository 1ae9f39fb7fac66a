//! The module of the policy `unpinned-node-group`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::unpinned_node_group::UnpinnedNodeGroup);
