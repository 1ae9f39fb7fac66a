//! The module of the policy `replicas-fight-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::replicas_fight_autoscaler::ReplicasFightAutoscaler);
