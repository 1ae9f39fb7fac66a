//! The module of the policy `conflicting-autoscalers`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::conflicting_autoscalers::ConflictingAutoscalers);
