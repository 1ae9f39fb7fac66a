//! The module of the policy `writable-root-filesystem`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::writable_root_filesystem::WritableRootFilesystem);
