//! The module of the policy `default-service-account`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::default_service_account::DefaultServiceAccount);
