//! The module of the policy `single-replica`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::single_replica::SingleReplica);
