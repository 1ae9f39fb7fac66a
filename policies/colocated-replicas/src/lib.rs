//! The module of the policy `colocated-replicas`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::colocated_replicas::ColocatedReplicas);
