//! The module of the policy `dangling-service`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_service::DanglingService);
