//! The module of the policy `reckless-rollout`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::reckless_rollout::RecklessRollout);
