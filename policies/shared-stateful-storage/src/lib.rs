//! The module of the policy `shared-stateful-storage`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::shared_stateful_storage::SharedStatefulStorage);
