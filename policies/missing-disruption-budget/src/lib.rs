//! The module of the policy `missing-disruption-budget`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::missing_disruption_budget::MissingDisruptionBudget);
