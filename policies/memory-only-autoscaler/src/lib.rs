//! The module of the policy `memory-only-autoscaler`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::memory_only_autoscaler::MemoryOnlyAutoscaler);
