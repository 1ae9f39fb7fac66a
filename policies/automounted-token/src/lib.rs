//! The module of the policy `automounted-token`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::automounted_token::AutomountedToken);
