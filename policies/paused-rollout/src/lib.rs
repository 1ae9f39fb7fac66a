//! The module of the policy `paused-rollout`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::paused_rollout::PausedRollout);
