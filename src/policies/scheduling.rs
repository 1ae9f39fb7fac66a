//! Where pods may and may not run.

pub mod colocated_replicas;
pub mod contradictory_node_affinity;
pub mod control_plane_toleration;
pub mod malformed_toleration;
pub mod missing_priority_class;
pub mod mixed_node_types;
pub mod stale_node_label;
pub mod unpinned_node_group;
pub mod unschedulable_anti_affinity;
