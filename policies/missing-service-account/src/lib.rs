//! The module of the policy `missing-service-account`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::missing_service_account::MissingServiceAccount);
