//! The module of the policy `unconfined-apparmor`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::unconfined_apparmor::UnconfinedApparmor);
