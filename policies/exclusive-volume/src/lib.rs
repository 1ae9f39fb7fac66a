//! The module of the policy `exclusive-volume`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::exclusive_volume::ExclusiveVolume);
