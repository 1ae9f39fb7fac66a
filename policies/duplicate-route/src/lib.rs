//! The module of the policy `duplicate-route`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::duplicate_route::DuplicateRoute);
