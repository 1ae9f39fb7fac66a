//! The module of the policy `unlogged-hook`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::unlogged_hook::UnloggedHook);
