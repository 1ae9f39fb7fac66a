//! The module of the policy `missing-quota`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::missing_quota::MissingQuota);
