//! The module of the policy `redirecting-service`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::redirecting_service::RedirectingService);
