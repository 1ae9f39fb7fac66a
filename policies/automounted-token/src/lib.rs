//! The module of the policy `automounted-token`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::automounted_token::AutomountedToken);
