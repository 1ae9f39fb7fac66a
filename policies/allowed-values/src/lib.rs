//! The module of the policy `allowed-values`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::metadata::allowed_values::AllowedValues);
