//! The module of the policy `missing-seccomp-profile`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::missing_seccomp_profile::MissingSeccompProfile);
