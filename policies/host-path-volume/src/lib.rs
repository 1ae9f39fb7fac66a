//! The module of the policy `host-path-volume`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::host_path_volume::HostPathVolume);
