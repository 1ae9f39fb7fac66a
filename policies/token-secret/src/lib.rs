//! The module of the policy `token-secret`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::token_secret::TokenSecret);
