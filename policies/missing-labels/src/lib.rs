//! The module of the policy `missing-labels`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::missing_labels::MissingLabels);
