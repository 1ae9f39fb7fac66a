//! The module of the policy `missing-pull-secret`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::images::missing_pull_secret::MissingPullSecret);
