//! The module of the policy `recreate-strategy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::recreate_strategy::RecreateStrategy);
