//! The module of the policy `missing-labels`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::metadata::missing_labels::MissingLabels);
