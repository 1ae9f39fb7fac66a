//! The module of the policy `rounded-disruption-budget`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::rounded_disruption_budget::RoundedDisruptionBudget);
