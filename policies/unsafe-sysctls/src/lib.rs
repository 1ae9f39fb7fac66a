//! The module of the policy `unsafe-sysctls`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::unsafe_sysctls::UnsafeSysctls);
