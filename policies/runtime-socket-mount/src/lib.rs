//! The module of the policy `runtime-socket-mount`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::runtime_socket_mount::RuntimeSocketMount);
