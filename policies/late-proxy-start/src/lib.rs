//! The module of the policy `late-proxy-start`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::late_proxy_start::LateProxyStart);
