//! The module of the policy `autoscaler-replica-range`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::autoscaler_replica_range::AutoscalerReplicaRange);
