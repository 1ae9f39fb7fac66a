//! The module of the policy `missing-pod-security-level`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::missing_pod_security_level::MissingPodSecurityLevel);
