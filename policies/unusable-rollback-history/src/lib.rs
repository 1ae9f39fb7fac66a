//! The module of the policy `unusable-rollback-history`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::unusable_rollback_history::UnusableRollbackHistory);
