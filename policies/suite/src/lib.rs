//! The module of all policies. Made by `make gen`.
plimsoll_guest::export_all!(&plimsoll::engine::config::configure);
