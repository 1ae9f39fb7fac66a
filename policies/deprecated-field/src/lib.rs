//! The module of the policy `deprecated-field`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::deprecated_field::DeprecatedField);
