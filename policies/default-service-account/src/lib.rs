//! The module of the policy `default-service-account`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::default_service_account::DefaultServiceAccount);
