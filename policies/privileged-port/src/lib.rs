//! The module of the policy `privileged-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::privileged_port::PrivilegedPort);
