//! The module of the policy `unusable-rollback-history`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::unusable_rollback_history::UnusableRollbackHistory);
