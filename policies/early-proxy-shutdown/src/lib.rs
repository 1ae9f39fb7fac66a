//! The module of the policy `early-proxy-shutdown`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::early_proxy_shutdown::EarlyProxyShutdown);
