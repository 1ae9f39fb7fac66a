//! The module of the policy `route-without-retries`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::route_without_retries::RouteWithoutRetries);
