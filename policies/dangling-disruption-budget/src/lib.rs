//! The module of the policy `dangling-disruption-budget`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::dangling_disruption_budget::DanglingDisruptionBudget);
