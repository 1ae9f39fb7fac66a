//! The module of the policy `short-grace-period`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::short_grace_period::ShortGracePeriod);
