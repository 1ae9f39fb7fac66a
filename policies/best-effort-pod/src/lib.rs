//! The module of the policy `best-effort-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::best_effort_pod::BestEffortPod);
