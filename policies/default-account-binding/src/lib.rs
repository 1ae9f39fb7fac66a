//! The module of the policy `default-account-binding`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::default_account_binding::DefaultAccountBinding);
