//! The module of the policy `probe-host`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::probe_host::ProbeHost);
