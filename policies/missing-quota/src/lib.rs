//! The module of the policy `missing-quota`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::missing_quota::MissingQuota);
