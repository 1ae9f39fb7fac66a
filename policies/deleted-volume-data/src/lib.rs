//! The module of the policy `deleted-volume-data`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::deleted_volume_data::DeletedVolumeData);
