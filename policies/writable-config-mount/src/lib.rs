//! The module of the policy `writable-config-mount`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::writable_config_mount::WritableConfigMount);
