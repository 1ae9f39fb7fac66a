//! The module of the policy `overlapping-disruption-budgets`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::overlapping_disruption_budgets::OverlappingDisruptionBudgets);
