//! The module of the policy `endpointless-service`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::endpointless_service::EndpointlessService);
