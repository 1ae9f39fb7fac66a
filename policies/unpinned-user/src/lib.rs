//! The module of the policy `unpinned-user`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::unpinned_user::UnpinnedUser);
