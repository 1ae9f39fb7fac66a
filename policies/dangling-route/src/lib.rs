//! The module of the policy `dangling-route`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_route::DanglingRoute);
