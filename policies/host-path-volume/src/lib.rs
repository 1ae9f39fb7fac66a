//! The module of the policy `host-path-volume`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::host_path_volume::HostPathVolume);
