//! The module of the policy `probe-client-timeout`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::probe_client_timeout::ProbeClientTimeout);
