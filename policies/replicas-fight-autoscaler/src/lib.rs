//! The module of the policy `replicas-fight-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::replicas_fight_autoscaler::ReplicasFightAutoscaler);
