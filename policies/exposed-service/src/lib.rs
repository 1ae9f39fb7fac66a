//! The module of the policy `exposed-service`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::exposed_service::ExposedService);
