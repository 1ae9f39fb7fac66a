//! The module of the policy `missing-change-cause`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::missing_change_cause::MissingChangeCause);
