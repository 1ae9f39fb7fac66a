//! The module of the policy `request-limit-ratio`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::request_limit_ratio::RequestLimitRatio);
