//! The module of the policy `unmasked-proc`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::unmasked_proc::UnmaskedProc);
