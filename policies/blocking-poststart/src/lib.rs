//! The module of the policy `blocking-poststart`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::blocking_poststart::BlockingPoststart);
