//! The module of the policy `missing-headless-service`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::missing_headless_service::MissingHeadlessService);
