//! The module of the policy `baseline-level`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::baseline_level::BaselineLevel);
