//! The module of the policy `unbounded-empty-dir`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::unbounded_empty_dir::UnboundedEmptyDir);
