//! The module of the policy `host-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::host_port::HostPort);
