//! The module of the policy `unusual-volume-type`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::unusual_volume_type::UnusualVolumeType);
