//! The module of the policy `canary-without-retries`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::canary_without_retries::CanaryWithoutRetries);
