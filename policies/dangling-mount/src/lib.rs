//! The module of the policy `dangling-mount`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::dangling_mount::DanglingMount);
