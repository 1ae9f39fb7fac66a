//! The module of the policy `canary-without-retries`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::canary_without_retries::CanaryWithoutRetries);
