//! The module of the policy `slow-rollout-failure`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::slow_rollout_failure::SlowRolloutFailure);
