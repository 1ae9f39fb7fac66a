//! The module of the policy `dangling-binding`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::dangling_binding::DanglingBinding);
