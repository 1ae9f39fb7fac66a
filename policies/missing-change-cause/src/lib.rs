//! The module of the policy `missing-change-cause`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::missing_change_cause::MissingChangeCause);
