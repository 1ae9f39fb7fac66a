//! The module of the policy `thin-disruption-budget`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::thin_disruption_budget::ThinDisruptionBudget);
