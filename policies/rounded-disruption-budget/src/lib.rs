//! The module of the policy `rounded-disruption-budget`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rounded_disruption_budget::RoundedDisruptionBudget);
