//! The module of the policy `missing-requests`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::missing_requests::MissingRequests);
