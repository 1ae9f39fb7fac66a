//! The module of the policy `mismatched-selector`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::mismatched_selector::MismatchedSelector);
