//! The module of the policy `unpinned-user`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::unpinned_user::UnpinnedUser);
