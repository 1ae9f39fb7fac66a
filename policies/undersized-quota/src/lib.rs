//! The module of the policy `undersized-quota`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::undersized_quota::UndersizedQuota);
