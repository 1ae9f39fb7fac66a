//! The module of the policy `missing-ephemeral-storage`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::missing_ephemeral_storage::MissingEphemeralStorage);
