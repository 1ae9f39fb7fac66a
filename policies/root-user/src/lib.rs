//! The module of the policy `root-user`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::root_user::RootUser);
